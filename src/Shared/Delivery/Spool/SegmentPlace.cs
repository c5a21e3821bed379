namespace Shared.Delivery.Spool;

/// <summary>A place between two batches of a segment. The difference of two places says what lies between, even where that is unreadable.</summary>
/// <param name="Offset">Octets from the file's start.</param>
/// <param name="Batches">Batches of the segment before it.</param>
/// <param name="Records">Records of the segment before it.</param>
internal readonly record struct SegmentPlace(long Offset, int Batches, long Records)
{
    public static SegmentPlace Start => new(SegmentHeader.Bytes, 0, 0);

    public SegmentPlace After(in RecordHeader header) =>
        new(Offset + RecordHeader.Bytes + header.PayloadBytes, Batches + 1, Records + header.Records);
}
