using Shared.Records;

namespace Pesto.Pipeline;

/// <summary>
/// One <see cref="PestoPipeline"/> for each shard of the flow topic. An exporter's address selects its shard, and the thread that processes
/// a datagram holds that shard's gate, so several threads may work at the same time.
/// </summary>
internal sealed class ShardedPipeline
{
    private readonly PipelineOutputs _outputs;
    private readonly PestoPipeline[] _shards;

    public ShardedPipeline(CollectorIdentity collector, PipelineOptions options, PipelineOutputs outputs)
    {
        _outputs = outputs;
        _shards =
        [
            .. outputs.Flows.Shards.Select(flows =>
                new PestoPipeline(flows, outputs.Counters?.Shards[flows.Shard], collector, options)),
        ];
    }

    /// <summary>The sum of the counters of all shards.</summary>
    public PipelineCounters Counters => PipelineCounters.Sum(_shards.Select(shard => shard.Counters));

    /// <summary>Creates the way in for one thread.</summary>
    public ShardDispatcher CreateDispatcher() => new(_outputs.Flows, _shards);
}
