namespace Pesto.Pipeline;

/// <summary>What a sample is (sflow_version_5.txt and, for the discarded packet, sflow_drops.txt).</summary>
internal enum SampleKind
{
    Flow,
    FlowExpanded,
    Counter,
    CounterExpanded,
    DiscardedPacket,

    /// <summary>Of an enterprise's own.</summary>
    Vendor,
    Unknown,
}
