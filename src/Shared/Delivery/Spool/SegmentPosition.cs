namespace Shared.Delivery.Spool;

/// <summary>
/// Names a position between two batches of a segment. Two positions tell what is between them, even if that is unreadable.
/// </summary>
/// <param name="Offset">Bytes from the file's start.</param>
/// <param name="Batches">The segment's batches before it.</param>
/// <param name="Records">The segment's records before it.</param>
internal readonly record struct SegmentPosition(long Offset, int Batches, long Records)
{
    public static SegmentPosition Start => new(SegmentHeader.Bytes, 0, 0);

    public SegmentPosition After(in RecordHeader header) =>
        new(Offset + RecordHeader.Bytes + header.PayloadBytes, Batches + 1, Records + header.Records);
}
