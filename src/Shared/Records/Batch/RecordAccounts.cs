using System.Collections.Concurrent;

namespace Shared.Records.Batch;

/// <summary>Where every record of a service is: the accounts of all its shards. Safe to be used by several threads.</summary>
public sealed class RecordAccounts
{
    private readonly ConcurrentDictionary<(string Topic, int Shard), ShardAccount> _shards = new();
    private volatile Tuple<string, Action<int, ReadOnlyMemory<byte>>>? _onLost;

    /// <summary>The accounts of the shard, opened when they are asked for first.</summary>
    public ShardAccount GetOrAdd(string topic, int shard) =>
        _shards.GetOrAdd((topic, shard), key => new ShardAccount(key.Topic, key.Shard) { Lost = octets => Tell(key.Topic, key.Shard, octets) });

    /// <summary>
    /// Has <paramref name="handler"/> called, by any thread, before a batch of the topic is given up or kept as refused: with the
    /// shard and the batch, which is the handler's until it returns; it is empty where the octets are not known any more.
    /// </summary>
    public void OnLost(string topic, Action<int, ReadOnlyMemory<byte>> handler) => _onLost = Tuple.Create(topic, handler);

    /// <summary>The balance of each topic. That of a shard is of one moment, so a sum is off by nothing either.</summary>
    public IReadOnlyDictionary<string, RecordBalance> Balances() =>
        _shards.Values
            .GroupBy(shard => shard.Topic)
            .ToDictionary(topic => topic.Key, topic => topic.Select(shard => shard.Balance()).Aggregate((sum, next) => sum + next));

    private void Tell(string topic, int shard, ReadOnlyMemory<byte> octets)
    {
        if (_onLost is { } on && on.Item1 == topic)
            on.Item2(shard, octets);
    }
}
