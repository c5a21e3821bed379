using Shared.Records.CapnProto;

namespace Shared.Delivery.Files;

/// <summary>
/// Finishes a .part file of a process that was killed. Its whole messages, up to the first unreadable one, become the finished file. The
/// rest goes to a file with the suffix .damaged.
/// </summary>
internal static class LeftoverFile
{
    private const string Damaged = ".damaged";

    private const int ReadBytes = 1 << 20;

    /// <summary>Says how much of the file was readable.</summary>
    /// <param name="Path">The finished file.</param>
    /// <param name="Records">Messages in it.</param>
    /// <param name="Bytes">Bytes of these messages.</param>
    /// <param name="DamagedPath">The file with the unreadable rest.</param>
    /// <param name="DamagedBytes">Bytes of the rest; 0: there is none.</param>
    public sealed record Result(string Path, long Records, long Bytes, string DamagedPath, long DamagedBytes);

    /// <summary>Finishes the file. After an interruption it can be called again.</summary>
    /// <param name="part">The .part file.</param>
    /// <exception cref="IOException">The disk is full, or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static Result Finish(string part)
    {
        string finished = part[..^RotatingFile.Growing.Length], damaged = finished + Damaged;
        using var stream = new FileStream(part, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
        var (records, bytes) = WholeMessages(stream);
        long rest = stream.Length - bytes;
        if (rest > 0)
        {
            using var copy = new FileStream(damaged, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            stream.Position = bytes;
            stream.CopyTo(copy);
            copy.Flush(flushToDisk: true);
            stream.SetLength(bytes);
        }
        stream.Flush(flushToDisk: true);
        if (bytes > 0)
            File.Move(part, finished);
        else
            File.Delete(part);
        return new Result(finished, records, bytes, damaged, rest);
    }

    private static (long Records, long Bytes) WholeMessages(FileStream stream)
    {
        var reader = new MessageReader();
        byte[] buffer = new byte[ReadBytes];
        long records = 0, bytes = 0;
        for (int kept = 0; ;)
        {
            int filled = kept + stream.ReadAtLeast(buffer.AsSpan(kept), buffer.Length - kept, throwOnEndOfStream: false);
            int at = 0;
            for (; reader.TryRead(buffer.AsSpan(at, filled - at), out _, out int length); at += length)
                records++;
            bytes += at;
            bool isEnd = filled < buffer.Length;
            if (isEnd || reader.Error.Code != MessageErrorCode.Incomplete)
                return (records, bytes);
            kept = filled - at;
            buffer.AsSpan(at, kept).CopyTo(buffer);
            // The reader's limits bound the buffer: a message that exceeds them is an error, not incomplete.
            if (at == 0)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }
}
