using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Delivery.Spool;

/// <summary>
/// The file <c>head</c> of a queue: what need not be read again. Little endian:
/// <code>
///  0  number of the segment with the oldest unacknowledged batch      24  batches before that in the segment (28: zero)
///  8  mark of that segment                                            32  records before that in the segment
/// 16  offset of that batch                                            40  how many batches behind it are acknowledged (44: zero)
/// 48  mark of the segment (8) and batches before it in the segment (4) of each of these; XxHash3 of all that
/// </code>
/// It is advice: without it all batches of the segments come again.
/// </summary>
internal sealed record SpoolHead(long Number, ulong Mark, SegmentPlace Place, IReadOnlyCollection<(ulong Mark, int Batch)> Acknowledged)
{
    public const string Name = "head";

    private const int FixedBytes = 48;
    private const int AcknowledgedBytes = 12;
    private const int MaxBytes = 1 << 20;

    /// <exception cref="IOException">The disk is full, or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(string path, bool sync)
    {
        byte[] octets = new byte[FixedBytes + (AcknowledgedBytes * Acknowledged.Count) + sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(octets, Number);
        BinaryPrimitives.WriteUInt64LittleEndian(octets.AsSpan(8), Mark);
        BinaryPrimitives.WriteInt64LittleEndian(octets.AsSpan(16), Place.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(octets.AsSpan(24), Place.Batches);
        BinaryPrimitives.WriteInt64LittleEndian(octets.AsSpan(32), Place.Records);
        BinaryPrimitives.WriteInt32LittleEndian(octets.AsSpan(40), Acknowledged.Count);
        var rest = octets.AsSpan(FixedBytes);
        foreach (var (mark, batch) in Acknowledged)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, mark);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], batch);
            rest = rest[AcknowledgedBytes..];
        }
        BinaryPrimitives.WriteUInt64LittleEndian(rest, CheckOf(octets));
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
        byte[] octets = new byte[Math.Min(RandomAccess.GetLength(file), MaxBytes)];
        if (octets.Length < FixedBytes + sizeof(ulong) || SegmentScan.Read(file, octets, 0) != octets.Length)
            return null;
        // An older and longer one may lie behind it.
        int count = BinaryPrimitives.ReadInt32LittleEndian(octets.AsSpan(40));
        if (count < 0 || count > (octets.Length - FixedBytes - sizeof(ulong)) / AcknowledgedBytes)
            return null;
        octets = octets[..(FixedBytes + (count * AcknowledgedBytes) + sizeof(ulong))];
        if (BinaryPrimitives.ReadUInt64LittleEndian(octets.AsSpan(octets.Length - sizeof(ulong))) != CheckOf(octets))
            return null;
        var place = new SegmentPlace(
            BinaryPrimitives.ReadInt64LittleEndian(octets.AsSpan(16)),
            BinaryPrimitives.ReadInt32LittleEndian(octets.AsSpan(24)),
            BinaryPrimitives.ReadInt64LittleEndian(octets.AsSpan(32)));
        var acknowledged = new HashSet<(ulong, int)>();
        for (int at = FixedBytes; at < octets.Length - sizeof(ulong); at += AcknowledgedBytes)
            acknowledged.Add((BinaryPrimitives.ReadUInt64LittleEndian(octets.AsSpan(at)), BinaryPrimitives.ReadInt32LittleEndian(octets.AsSpan(at + 8))));
        return new SpoolHead(BinaryPrimitives.ReadInt64LittleEndian(octets), BinaryPrimitives.ReadUInt64LittleEndian(octets.AsSpan(8)), place, acknowledged);
    }

    private static ulong CheckOf(ReadOnlySpan<byte> octets) => XxHash3.HashToUInt64(octets[..^sizeof(ulong)]);
}
