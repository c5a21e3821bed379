namespace Shared.Delivery.Spool;

/// <summary>A batch on disk that is under way to the broker.</summary>
public sealed class SpoolEntry
{
    internal SpoolEntry(SpoolSegment segment, SegmentPlace place, RecordHeader header)
    {
        Segment = segment;
        Place = place;
        Bytes = header.PayloadBytes;
        Records = header.Records;
        AppendedAt = header.AppendedAt;
    }

    /// <summary>Octets of the value.</summary>
    public int Bytes { get; }

    /// <summary>Records in the value.</summary>
    public int Records { get; }

    /// <summary>When it came to the disk, to the millisecond; by the clock of that run.</summary>
    public DateTimeOffset AppendedAt { get; }

    internal SpoolSegment Segment { get; }

    internal SegmentPlace Place { get; }

    internal bool IsAcknowledged { get; set; }
}
