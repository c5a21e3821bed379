using Pesto.Encode;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>Where records go.</summary>
internal sealed record PipelineOutputs
{
    /// <summary>Octets of the shortest sample that makes a record: two heads, the fields of a flow sample, a sampled_ipv4.</summary>
    public const int MinFlowSampleBytes = 80;

    /// <summary>Of all records of one datagram, which go into one batch: so many samples as 65,535 octets hold, and their lists.</summary>
    public const int MaxRecordBytes = (65_535 / MinFlowSampleBytes + 1) * FlowEncoder.MaxFlowBytes + 65_535;

    /// <summary>One record a flow sample.</summary>
    public required TopicWriter Flows { get; init; }

    /// <summary>One record a counter sample; null: off.</summary>
    public TopicWriter? Counters { get; init; }
}
