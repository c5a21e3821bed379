using System.Globalization;

namespace Shared.Delivery.Files;

/// <summary>
/// The batches of one topic, one behind the other in files TOPIC-UTC-N.capnp. A file bears the suffix .part while it grows and
/// loses it, synced to the disk, when it is large or old enough. A kill leaves the .part file, which
/// the next start finishes (<see cref="LeftoverFile"/>).
/// </summary>
internal sealed class RotatingFile(string directory, string topic, FileRotation rotation, TimeProvider time) : IDisposable
{
    public const string Growing = ".part";

    private FileStream? _stream;
    private string _path = "";
    private long _openedAt;
    private long _end;
    private int _count;

    /// <summary>Adds the value, whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full, or the like; what was written before stands.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public void Append(ReadOnlySpan<byte> value)
    {
        if (_stream is not null && _end > 0 && _end + value.Length > rotation.MaxBytes)
            Close();
        var stream = _stream ??= Open();
        if (stream.Position != _end)
        {
            // The last write failed on its way: half a message would make all that follows unreadable.
            stream.SetLength(_end);
            stream.Position = _end;
        }
        stream.Write(value);
        _end += value.Length;
    }

    /// <summary>Finishes the file that is old enough.</summary>
    public void CloseIfDue()
    {
        if (_stream is not null && time.GetElapsedTime(_openedAt) >= rotation.MaxAge)
            Close();
    }

    public void Dispose()
    {
        if (_stream is not null)
            Close();
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(directory);
        string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        do
            _path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{topic}-{stamp}-{++_count}.capnp"));
        while (File.Exists(_path) || File.Exists(_path + Growing));
        _openedAt = time.GetTimestamp();
        _end = 0;
        // No buffer: a batch is one large write.
        return new FileStream(_path + Growing, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
    }

    private void Close()
    {
        if (_stream!.Length != _end)
            _stream.SetLength(_end);
        _stream.Flush(flushToDisk: true);
        File.Move(_path + Growing, _path);
        _stream.Dispose();
        _stream = null;
    }
}
