using Shared.Batch;

namespace Pesto;

internal sealed record PipelineOptions { public bool IncludeIpv4 { get; init; } }

internal sealed record CollectorIdentity(string Id, ulong EpochNs);

internal sealed record PipelineOutputs
{
    public const int MaxRecordBytes = 4096;

    public required BatchOutput Flows { get; init; }

    public BatchOutput? Counters { get; init; }
}

/// <summary>Stands in for the pipeline until that is there.</summary>
internal sealed class PestoPipeline(CollectorIdentity collector, PipelineOptions options, PipelineOutputs outputs)
{
    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        _ = (collector, options, outputs);
        return DatagramResult.Taken;
    }
}
