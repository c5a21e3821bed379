using System.Globalization;

namespace Shared.Delivery.Files;

/// <summary>
/// Writes the batches of one topic to files TOPIC-UTC-N.capnp. A file has the suffix .part while it grows. When it is large or old
/// enough, it is synced to the disk and loses the suffix. After a kill the next start finishes the .part file
/// (<see cref="LeftoverFile"/>).
/// </summary>
internal sealed class RotatingFile(string directory, string topic, FileRotation rotation, TimeProvider time) : IDisposable
{
    public const string Growing = ".part";

    private FileStream? _stream;
    private string _path = "";
    private long _openedAt;
    private long _end;
    private int _count;

    /// <summary>Appends the whole value or nothing.</summary>
    /// <exception cref="IOException">The disk is full, or the like; the earlier values remain.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public void Append(ReadOnlySpan<byte> value)
    {
        if (_stream is not null && _end > 0 && _end + value.Length > rotation.MaxBytes)
            Close();
        var stream = _stream ??= Open();
        if (stream.Position != _end)
        {
            // The last write failed in the middle. Half a message would make everything after it unreadable.
            stream.SetLength(_end);
            stream.Position = _end;
        }
        stream.Write(value);
        _end += value.Length;
    }

    /// <summary>Finishes the file if it is old enough.</summary>
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
