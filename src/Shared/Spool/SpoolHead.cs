using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Spool;

/// <summary>
/// The file <c>head</c> of a queue: where its oldest unacknowledged batch stands. Little endian: segment number, mark of the segment,
/// offset, batches and records before it, XxHash3 of all that. It is advice: without it all batches of the segments come again.
/// </summary>
internal readonly record struct SpoolHead(long Number, ulong Mark, SegmentPlace Place)
{
    public const string Name = "head";

    private const int Bytes = 48;

    /// <exception cref="IOException">The disk is full, or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(string path, bool sync)
    {
        Span<byte> octets = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(octets, Number);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[8..], Mark);
        BinaryPrimitives.WriteInt64LittleEndian(octets[16..], Place.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(octets[24..], Place.Batches);
        BinaryPrimitives.WriteInt64LittleEndian(octets[32..], Place.Records);
        BinaryPrimitives.WriteUInt64LittleEndian(octets[40..], XxHash3.HashToUInt64(octets[..40]));
        // Written over in place: that needs no room on a full disk, and the check tells a torn one.
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete);
        RandomAccess.Write(file, octets, 0);
        if (sync)
            RandomAccess.FlushToDisk(file);
    }

    /// <summary>Null: there is none, or it is damaged.</summary>
    public static SpoolHead? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = File.OpenHandle(path);
        Span<byte> octets = stackalloc byte[Bytes];
        if (SegmentScan.Read(file, octets, 0) != Bytes || BinaryPrimitives.ReadUInt64LittleEndian(octets[40..]) != XxHash3.HashToUInt64(octets[..40]))
            return null;
        return new SpoolHead(
            BinaryPrimitives.ReadInt64LittleEndian(octets),
            BinaryPrimitives.ReadUInt64LittleEndian(octets[8..]),
            new SegmentPlace(
                BinaryPrimitives.ReadInt64LittleEndian(octets[16..]),
                (int)BinaryPrimitives.ReadInt64LittleEndian(octets[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(octets[32..])));
    }
}
