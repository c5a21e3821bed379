using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Shared.Delivery.Spool;

/// <summary>Finds batches in a segment by their headers.</summary>
internal static class SegmentScan
{
    private const int SearchBytes = 64 << 10;

    /// <summary>The first whole batch at <paramref name="from"/> or behind it. False: there is none before <paramref name="end"/>.</summary>
    public static bool TryFind(SafeFileHandle file, ulong mark, long from, long end, out long offset, out RecordHeader header)
    {
        offset = from;
        if (TryReadAt(file, mark, offset, out header) && Fits(header, offset, end))
            return true;
        byte[] window = ArrayPool<byte>.Shared.Rent(SearchBytes);
        try
        {
            return TrySearch(file, mark, window.AsSpan(0, SearchBytes), end, ref offset, out header);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>The header at this very place, whether its payload is whole or not.</summary>
    public static bool TryReadAt(SafeFileHandle file, ulong mark, long offset, out RecordHeader header)
    {
        Span<byte> octets = stackalloc byte[RecordHeader.Bytes];
        header = default;
        return Read(file, octets, offset) == octets.Length && RecordHeader.TryRead(octets, mark, offset, out header);
    }

    /// <summary>Reads what there is. What the disk does not give any more reads as zeros: then it is damage like any other.</summary>
    public static int Read(SafeFileHandle file, Span<byte> octets, long offset)
    {
        int done = 0;
        try
        {
            while (done < octets.Length && RandomAccess.Read(file, octets[done..], offset + done) is > 0 and int read)
                done += read;
            return done;
        }
        catch (IOException)
        {
            octets[done..].Clear();
            return octets.Length;
        }
    }

    private static bool TrySearch(SafeFileHandle file, ulong mark, Span<byte> window, long end, ref long offset, out RecordHeader header)
    {
        Span<byte> wanted = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(wanted, mark);
        header = default;
        for (long at = offset + 1; at + RecordHeader.Bytes <= end;)
        {
            int got = Read(file, window[..(int)Math.Min(window.Length, end - at)], at);
            if (got < RecordHeader.Bytes)
                return false;
            int found = window[..got].IndexOf(wanted);
            if (found < 0)
            {
                // A mark may begin in this window and end in the next.
                at += got - (wanted.Length - 1);
                continue;
            }
            at += found;
            if (TryReadAt(file, mark, at, out header) && Fits(header, at, end))
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
