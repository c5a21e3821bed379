using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Shared.Delivery.Spool;

/// <summary>Finds batches in a segment by their headers.</summary>
internal static class SegmentScan
{
    private const int SearchBytes = 64 << 10;

    /// <summary>
    /// Finds the first whole batch at or after <paramref name="from"/>. False: there is none before <paramref name="end"/>.
    /// </summary>
    public static bool TryFind(SafeFileHandle file, ulong segmentId, long from, long end, out long offset, out RecordHeader header)
    {
        offset = from;
        if (TryReadAt(file, segmentId, offset, out header) && Fits(header, offset, end))
            return true;
        byte[] window = ArrayPool<byte>.Shared.Rent(SearchBytes);
        try
        {
            return TrySearch(file, segmentId, window.AsSpan(0, SearchBytes), end, ref offset, out header);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>Reads the header at this offset. Its payload may be cut off.</summary>
    public static bool TryReadAt(SafeFileHandle file, ulong segmentId, long offset, out RecordHeader header)
    {
        Span<byte> bytes = stackalloc byte[RecordHeader.Bytes];
        header = default;
        return Read(file, bytes, offset) == bytes.Length && RecordHeader.TryRead(bytes, segmentId, offset, out header);
    }

    /// <summary>Reads as far as the file goes. Bytes that the disk cannot read are zeros, and so are handled as damage.</summary>
    public static int Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        int done = 0;
        try
        {
            while (done < bytes.Length && RandomAccess.Read(file, bytes[done..], offset + done) is > 0 and int read)
                done += read;
            return done;
        }
        catch (IOException)
        {
            bytes[done..].Clear();
            return bytes.Length;
        }
    }

    private static bool TrySearch(
        SafeFileHandle file, ulong segmentId, Span<byte> window, long end, ref long offset, out RecordHeader header)
    {
        Span<byte> wanted = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(wanted, segmentId);
        header = default;
        for (long at = offset + 1; at + RecordHeader.Bytes <= end;)
        {
            int got = Read(file, window[..(int)Math.Min(window.Length, end - at)], at);
            if (got < RecordHeader.Bytes)
                return false;
            int found = window[..got].IndexOf(wanted);
            if (found < 0)
            {
                // An id may begin in this window and end in the next.
                at += got - (wanted.Length - 1);
                continue;
            }
            at += found;
            if (TryReadAt(file, segmentId, at, out header) && Fits(header, at, end))
            {
                offset = at;
                return true;
            }
            at++;
        }
        return false;
    }

    private static bool Fits(in RecordHeader header, long offset, long end) => header.PayloadBytes <= end - offset - RecordHeader.Bytes;
}
