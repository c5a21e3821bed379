using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Delivery.Spool;

/// <summary>
/// The first octets of a segment, little endian:
/// <code>
///  0  magic "SPOL"      4  version      8  mark     16  check: XxHash3 of what is before it
/// </code>
/// The mark is random and begins each record of the file: a search for the next record cannot be misled by what a router sent.
/// </summary>
internal static class SegmentHeader
{
    public const int Bytes = 24;
    public const uint Version = 1;

    private const uint Magic = 0x4C4F5053;

    public static void Write(Span<byte> header, ulong mark)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], mark);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], XxHash3.HashToUInt64(header[..16]));
    }

    /// <summary>False: damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, out uint version, out ulong mark)
    {
        version = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        mark = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(header[16..]) == XxHash3.HashToUInt64(header[..16]);
    }
}
