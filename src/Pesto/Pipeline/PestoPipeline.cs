using Pesto.Frame;
using Pesto.Telemetry;
using Shared.Records;

namespace Pesto.Pipeline;

/// <summary>
/// The map of the service: frame (DatagramHeader, SampleReader) -> decode (FlowSample, FlowRecords, SampledPacket and the headers in it;
/// CounterSample) -> encode (FlowEncoder, CounterEncoder) -> batch (ShardWriter) -> produce (IBatchSink). It is synchronous, does no I/O,
/// allocates nothing for a datagram and is safe for several threads: an exporter falls on one shard by its address, and the shard's gate is
/// held while its datagram is taken.
/// </summary>
/// <remarks>
/// All records of a datagram go into one batch or, where no batch is free, none does: UDP does not wait. Such a datagram is counted by the
/// listener, and its records as if they had never been seen: the accounts of the topic know only what was decoded.
/// </remarks>
internal sealed class PestoPipeline
{
    private readonly PipelineOutputs _outputs;
    private readonly FlowShard[] _shards;

    public PestoPipeline(CollectorIdentity collector, PipelineOptions options, PipelineOutputs outputs)
    {
        _outputs = outputs;
        _shards = [.. outputs.Flows.Shards.Select(flows => new FlowShard(flows, outputs.Counters?.Shards[flows.Shard], collector, options))];
    }

    /// <summary>What all shards have counted.</summary>
    public PestoCounters Counters => PestoCounters.Sum(_shards.Select(shard => shard.Counters));

    /// <summary>For one thread.</summary>
    public PipelineFeed Feed() => new(_outputs.Flows, _shards);

    /// <summary>Takes one datagram. No exception for anything that stands in it.</summary>
    /// <param name="datagram">The UDP payload.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="timeReceivedNs">Nanoseconds since 1970 UTC.</param>
    public DatagramResult Process(ReadOnlySpan<byte> datagram, in ExporterEndPoint source, long timeReceivedNs)
    {
        var flows = _outputs.Flows.ShardOf(source.ShardHash);
        lock (flows.Gate)
            return _shards[flows.Shard].Take(datagram, source, timeReceivedNs);
    }
}
