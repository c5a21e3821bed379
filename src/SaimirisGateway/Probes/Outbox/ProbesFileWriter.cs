using System.Security.Cryptography;
using SaimirisGateway.Probes.Decode;
using SaimirisGateway.Probes.Encode;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>Writes the encoded probes of a measurement to a file, and hashes them. Dispose deletes a file that is not complete.</summary>
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

    /// <exception cref="IOException">The file cannot be written.</exception>
    public ProbesFileWriter(OutboxFolder folder, Guid measurementId)
    {
        _folder = folder;
        _measurementId = measurementId;
        _part = $"{measurementId:N}{PartEnding}";
        _file = new FileStream(folder.PathOf(_part), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>The number of probes so far.</summary>
    public long Count { get; private set; }

    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Append(in Probe probe)
    {
        if (_length == _buffer.Length)
            Flush();
        ProbeEncoder.Write(probe, _buffer.AsSpan(_length));
        _length += ProbeEncoder.MessageBytes;
        Count++;
    }

    /// <summary>Returns the SHA-256 of all encoded probes. It is the end: nothing may be appended after it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public byte[] Finish()
    {
        Flush();
        return _hash.GetHashAndReset();
    }

    /// <summary>
    /// Forces the file to the disk and gives it its final name, which it returns. The name has the number of probes in a batch.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
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
        var bytes = _buffer.AsSpan(0, _length);
        _hash.AppendData(bytes);
        _file.Write(bytes);
        _length = 0;
    }
}
