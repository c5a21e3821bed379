using System.Buffers.Binary;
using System.IO.Hashing;

namespace Shared.Delivery.Spool;

/// <summary>
/// Reads and writes the file <c>head</c> of a queue, which says which batches need not be read again. Little endian:
/// <code>
///  0  number of the segment with the oldest unacknowledged batch      24  batches before that in the segment (28: zero)
///  8  id of that segment                                              32  records before that in the segment
/// 16  offset of that batch                                            40  number of acknowledged batches after it (44: zero)
/// 48  for each of these: segment id (8) and batches before it in the segment (4); XxHash3 of all bytes before
/// </code>
/// Without this file all batches of the segments are sent again.
/// </summary>
internal sealed record SpoolCheckpoint(
    long Number, ulong SegmentId, SegmentPosition Position, IReadOnlyCollection<(ulong SegmentId, int Batch)> Acknowledged)
{
    public const string Name = "head";

    private const int FixedBytes = 48;
    private const int AcknowledgedBytes = 12;
    private const int MaxBytes = 1 << 20;

    /// <exception cref="IOException">The disk is full, or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(string path, bool sync)
    {
        byte[] bytes = new byte[FixedBytes + (AcknowledgedBytes * Acknowledged.Count) + sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Number);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), SegmentId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Position.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), Position.Batches);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Position.Records);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), Acknowledged.Count);
        var rest = bytes.AsSpan(FixedBytes);
        foreach (var (segmentId, batch) in Acknowledged)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, segmentId);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], batch);
            rest = rest[AcknowledgedBytes..];
        }
        BinaryPrimitives.WriteUInt64LittleEndian(rest, HashOf(bytes));
        // Overwriting needs no room on a full disk, and the hash detects a half written file.
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete);
        RandomAccess.Write(file, bytes, 0);
        if (sync)
            RandomAccess.FlushToDisk(file);
    }

    /// <summary>Null: there is no such file, or it is damaged.</summary>
    public static SpoolCheckpoint? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = File.OpenHandle(path);
        byte[] bytes = new byte[Math.Min(RandomAccess.GetLength(file), MaxBytes)];
        if (bytes.Length < FixedBytes + sizeof(ulong) || SegmentScan.Read(file, bytes, 0) != bytes.Length)
            return null;
        // The end of an older and longer one may follow.
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(40));
        if (count < 0 || count > (bytes.Length - FixedBytes - sizeof(ulong)) / AcknowledgedBytes)
            return null;
        bytes = bytes[..(FixedBytes + (count * AcknowledgedBytes) + sizeof(ulong))];
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(bytes.Length - sizeof(ulong))) != HashOf(bytes))
            return null;
        var position = new SegmentPosition(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(24)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(32)));
        var acknowledged = new HashSet<(ulong, int)>();
        for (int at = FixedBytes; at < bytes.Length - sizeof(ulong); at += AcknowledgedBytes)
        {
            acknowledged.Add((
                BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 8))));
        }
        long number = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return new SpoolCheckpoint(number, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)), position, acknowledged);
    }

    private static ulong HashOf(ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes[..^sizeof(ulong)]);
}
