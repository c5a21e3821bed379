using System.Buffers.Binary;

namespace Shared.Delivery.Spool;

/// <summary>What an earlier run left in a segment. Only headers are looked at; payloads are checked when they are read.</summary>
internal sealed class SegmentRecovery
{
    public required SpoolSegment Segment { get; init; }

    /// <summary>Where reading begins.</summary>
    public required SegmentPlace From { get; init; }

    /// <summary>Batches behind it that are acknowledged, as in <see cref="SpoolHead"/>.</summary>
    public List<(ulong Mark, int Batch)> Acknowledged { get; } = [];

    public int Batches { get; private set; }

    public long Records { get; private set; }

    /// <summary>Octets of the batches.</summary>
    public long Bytes { get; private set; }

    public DateTimeOffset FirstAppendedAt { get; private set; }

    /// <summary>The mark of the file's records. False: no header of it can be read.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is of another version.</exception>
    public static bool TryReadMark(string path, out ulong mark)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> octets = stackalloc byte[SegmentHeader.Bytes + sizeof(ulong)];
        octets.Clear();
        _ = SegmentScan.Read(file, octets, 0);
        if (SegmentHeader.TryRead(octets, out uint version, out mark))
        {
            return version == SegmentHeader.Version ? true : throw new IOException(
                $"--spool-dir: {path} has format {version}, this program knows {SegmentHeader.Version}: let the program that wrote it empty the spool, or move the file away");
        }
        // The first record bears the mark too.
        mark = BinaryPrimitives.ReadUInt64LittleEndian(octets[SegmentHeader.Bytes..]);
        return SegmentScan.TryReadAt(file, mark, SegmentHeader.Bytes, out _);
    }

    /// <summary>Walks the batches from the place on, leaves out those that the head says are acknowledged, reports damage, and cuts off an end that is no whole batch.</summary>
    /// <exception cref="IOException">The file cannot be opened, or not be cut.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written to.</exception>
    public static SegmentRecovery Walk(string path, long number, ulong mark, SegmentPlace begin, SpoolHead? head, Action<SegmentPlace, long, long?, string> report)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        var place = begin with { Offset = Math.Min(begin.Offset, length) };
        var segment = new SpoolSegment(path, number, mark);
        var found = new SegmentRecovery { Segment = segment, From = place };
        while (place.Offset < length)
        {
            if (!SegmentScan.TryFind(file, mark, place.Offset, length, out long offset, out var header))
            {
                bool isCut = SegmentScan.TryReadAt(file, mark, place.Offset, out var last);
                report(place, length - place.Offset, isCut ? last.Records : null, isCut ? "the last batch is cut off" : "the end is no whole batch");
                RandomAccess.SetLength(file, place.Offset);
                break;
            }
            if (offset > place.Offset)
            {
                var behind = new SegmentPlace(offset, header.BatchesBefore, header.RecordsBefore);
                report(place, offset - place.Offset, behind.Records - place.Records, "a header is damaged");
                segment.AddGap(place, behind);
                place = behind;
            }
            var after = place.After(header);
            if (head?.Acknowledged.Contains((mark, place.Batches)) == true)
            {
                segment.AddGap(place, after);
                found.Acknowledged.Add((mark, place.Batches));
            }
            else
                found.Count(header);
            place = after;
        }
        segment.End = place;
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
