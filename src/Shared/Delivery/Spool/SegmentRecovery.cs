using System.Buffers.Binary;

namespace Shared.Delivery.Spool;

/// <summary>Finds the batches that an earlier run left in a segment by their headers. Payloads are checked when they are read.</summary>
internal sealed class SegmentRecovery
{
    public required SpoolSegment Segment { get; init; }

    /// <summary>The position at which reading begins.</summary>
    public required SegmentPosition From { get; init; }

    /// <summary>Acknowledged batches after it, as in <see cref="SpoolCheckpoint"/>.</summary>
    public List<(ulong SegmentId, int Batch)> Acknowledged { get; } = [];

    public int Batches { get; private set; }

    public long Records { get; private set; }

    /// <summary>Bytes of the batches.</summary>
    public long Bytes { get; private set; }

    public DateTimeOffset FirstAppendedAt { get; private set; }

    /// <summary>Reads the segment's id. False: the file has no readable header.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is of another version.</exception>
    public static bool TryReadId(string path, out ulong segmentId)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> bytes = stackalloc byte[SegmentHeader.Bytes + sizeof(ulong)];
        bytes.Clear();
        _ = SegmentScan.Read(file, bytes, 0);
        if (SegmentHeader.TryRead(bytes, out uint version, out segmentId))
        {
            return version == SegmentHeader.Version ? true : throw new IOException(
                $"--spool-dir: {path} has format {version}, this program knows {SegmentHeader.Version}: "
                + "let the program that wrote it empty the spool, or move the file away");
        }
        // The first batch begins with the id too.
        segmentId = BinaryPrimitives.ReadUInt64LittleEndian(bytes[SegmentHeader.Bytes..]);
        return SegmentScan.TryReadAt(file, segmentId, SegmentHeader.Bytes, out _);
    }

    /// <summary>
    /// Walks the batches from the position on, leaves out those that the checkpoint names as acknowledged, reports damage, and cuts off
    /// an end that is no whole batch.
    /// </summary>
    /// <exception cref="IOException">The file cannot be opened, or not be cut.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written to.</exception>
    public static SegmentRecovery Walk(
        string path, long number, ulong segmentId, SegmentPosition begin, SpoolCheckpoint? checkpoint,
        Action<SegmentPosition, long, long?, string> report)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        var position = begin with { Offset = Math.Min(begin.Offset, length) };
        var segment = new SpoolSegment(path, number, segmentId);
        var found = new SegmentRecovery { Segment = segment, From = position };
        while (position.Offset < length)
        {
            if (!SegmentScan.TryFind(file, segmentId, position.Offset, length, out long offset, out var header))
            {
                bool isCut = SegmentScan.TryReadAt(file, segmentId, position.Offset, out var last);
                string what = isCut ? "the last batch is cut off" : "the end is no whole batch";
                report(position, length - position.Offset, isCut ? last.Records : null, what);
                RandomAccess.SetLength(file, position.Offset);
                break;
            }
            if (offset > position.Offset)
            {
                var next = new SegmentPosition(offset, header.BatchesBefore, header.RecordsBefore);
                report(position, offset - position.Offset, next.Records - position.Records, "a header is damaged");
                segment.AddGap(position, next);
                position = next;
            }
            var after = position.After(header);
            if (checkpoint?.Acknowledged.Contains((segmentId, position.Batches)) == true)
            {
                segment.AddGap(position, after);
                found.Acknowledged.Add((segmentId, position.Batches));
            }
            else
                found.Count(header);
            position = after;
        }
        segment.End = position;
        return found;
    }

    private void Count(in RecordHeader header)
    {
        if (Batches++ == 0)
            FirstAppendedAt = header.AppendedAt;
        Records += header.Records;
        Bytes += header.PayloadBytes;
    }
}
