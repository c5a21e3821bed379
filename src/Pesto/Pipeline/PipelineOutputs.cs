using Pesto.Encode;
using Shared.Records.Batch;

namespace Pesto.Pipeline;

/// <summary>The topics to which the pipeline writes records.</summary>
internal sealed record PipelineOutputs
{
    /// <summary>Bytes of the shortest sample that makes a record: two heads, the fields of a flow sample, a sampled_ipv4.</summary>
    public const int MinFlowSampleBytes = 80;

    /// <summary>
    /// Bytes of all records of one datagram, which go into one batch: as many samples as 65,535 bytes hold, and their lists.
    /// </summary>
    public const int MaxRecordBytes = (65_535 / MinFlowSampleBytes + 1) * FlowEncoder.MaxFlowBytes + 65_535;

    /// <summary>One record for each flow sample.</summary>
    public required TopicWriter Flows { get; init; }

    /// <summary>One record for each counter sample; null: off.</summary>
    public TopicWriter? Counters { get; init; }
}
