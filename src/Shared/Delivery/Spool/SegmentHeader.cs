using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Delivery.Spool;

/// <summary>
/// Reads and writes the first bytes of a segment, little endian:
/// <code>
///  0  magic "SPOL"      4  version      8  id     16  XxHash3 of the bytes before
/// </code>
/// The id is random, and each batch of the file begins with it, so that no payload can look like the beginning of a batch.
/// </summary>
internal static class SegmentHeader
{
    public const int Bytes = 24;
    public const uint Version = 1;

    private const uint Magic = 0x4C4F5053;

    public static void Write(Span<byte> header, ulong segmentId)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], segmentId);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], XxHash3.HashToUInt64(header[..16]));
    }

    /// <summary>False: the header is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, out uint version, out ulong segmentId)
    {
        version = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        segmentId = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(header) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(header[16..]) == XxHash3.HashToUInt64(header[..16]);
    }
}
