namespace Shared.Delivery.Spool;

/// <summary>Names a batch on disk that the client has from memory, so that it can be acknowledged.</summary>
public sealed class SpoolEntry
{
    internal SpoolEntry(SpoolSegment segment, SegmentPosition position, RecordHeader header)
    {
        Segment = segment;
        Position = position;
        Bytes = header.PayloadBytes;
        Records = header.Records;
        AppendedAt = header.AppendedAt;
    }

    /// <summary>Bytes of the value.</summary>
    public int Bytes { get; }

    /// <summary>Records in the value.</summary>
    public int Records { get; }

    /// <summary>The time at which the batch was appended, to the millisecond, by the clock of that run.</summary>
    public DateTimeOffset AppendedAt { get; }

    internal SpoolSegment Segment { get; }

    internal SegmentPosition Position { get; }

    internal bool IsAcknowledged { get; set; }
}
