using System.Collections.Concurrent;

namespace Shared.Batch;

/// <summary>Where every record of a service is: the accounts of all its shards. Safe to be used by several threads.</summary>
public sealed class RecordLedger
{
    private readonly ConcurrentDictionary<(string Topic, int Shard), ShardLedger> _shards = new();

    /// <summary>The accounts of the shard, opened when they are asked for first.</summary>
    public ShardLedger Of(string topic, int shard) =>
        _shards.GetOrAdd((topic, shard), static key => new ShardLedger(key.Topic, key.Shard));

    /// <summary>The balance of each topic. That of a shard is of one moment, so a sum is off by nothing either.</summary>
    public IReadOnlyDictionary<string, LedgerBalance> Balances() =>
        _shards.Values
            .GroupBy(shard => shard.Topic)
            .ToDictionary(topic => topic.Key, topic => topic.Select(shard => shard.Balance()).Aggregate((sum, next) => sum + next));
}
