using Pesto.Decode;

namespace Pesto.Pipeline;

/// <summary>The kinds of samples that are counted (sflow_version_5.txt and, for the discarded packet, sflow_drops.txt).</summary>
internal enum SampleKind
{
    Flow,
    FlowExpanded,
    Counter,
    CounterExpanded,
    DiscardedPacket,

    /// <summary>A format of an enterprise other than sFlow.org.</summary>
    Vendor,
    Unknown,
}

/// <summary>Tells the kind of a sample by its format.</summary>
internal static class SampleKinds
{
    private const int EnterpriseShift = 12;
    private const uint DiscardedPacketFormat = 5;

    /// <param name="format">The enterprise in the upper 20 bits, the format in the lower 12. Not one of the two flow formats.</param>
    public static SampleKind FromFormat(uint format) => format switch
    {
        CounterSample.Format => SampleKind.Counter,
        CounterSample.ExpandedFormat => SampleKind.CounterExpanded,
        DiscardedPacketFormat => SampleKind.DiscardedPacket,
        >= 1 << EnterpriseShift => SampleKind.Vendor,
        _ => SampleKind.Unknown,
    };
}
