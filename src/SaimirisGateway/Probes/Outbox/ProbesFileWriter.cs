using System.Security.Cryptography;
using SaimirisGateway.Probes.Submit;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>Writes the encoded probes of a measurement, one behind the other, and takes their hash. What is not completed is deleted.</summary>
internal sealed class ProbesFileWriter : IDisposable
{
    public const string Ending = ".probes", PartEnding = ".part";

    private const int BufferBytes = 1024 * ProbeEncoder.MessageBytes;

    private readonly OutboxFolder _folder;
    private readonly Guid _measurementId;
    private readonly string _part;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _length;
    private bool _isCompleted;

    /// <exception cref="IOException">The disk refuses.</exception>
    public ProbesFileWriter(OutboxFolder folder, Guid measurementId)
    {
        _folder = folder;
        _measurementId = measurementId;
        _part = $"{measurementId:N}{PartEnding}";
        _file = new FileStream(folder.PathOf(_part), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>Probes so far.</summary>
    public long Count { get; private set; }

    /// <exception cref="IOException">The disk refuses.</exception>
    public void Append(in Probe probe)
    {
        if (_length == _buffer.Length)
            Flush();
        ProbeEncoder.Write(probe, _buffer.AsSpan(_length));
        _length += ProbeEncoder.MessageBytes;
        Count++;
    }

    /// <summary>SHA-256 of all encoded probes; none is appended after that.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public byte[] Finish()
    {
        Flush();
        return _hash.GetHashAndReset();
    }

    /// <summary>All of it is on the disk when this returns; returns the file's name, which holds the number of probes of a batch.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public string Complete(int probesPerBatch)
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        string name = NameOf(_measurementId, probesPerBatch);
        File.Move(_folder.PathOf(_part), _folder.PathOf(name));
        _isCompleted = true;
        _folder.Sync();
        return name;
    }

    public static string NameOf(Guid measurementId, int probesPerBatch) => $"{measurementId:N}-{probesPerBatch}{Ending}";

    public void Dispose()
    {
        _hash.Dispose();
        _file.Dispose();
        if (!_isCompleted)
            _folder.Delete(_part);
    }

    private void Flush()
    {
        var octets = _buffer.AsSpan(0, _length);
        _hash.AppendData(octets);
        _file.Write(octets);
        _length = 0;
    }
}
