using System.Collections.Concurrent;

namespace Shared.Records.Batch;

/// <summary>Knows the state of every record of a service: the accounts of all its shards. It is thread-safe.</summary>
public sealed class RecordAccounts
{
    private readonly ConcurrentDictionary<(string Topic, int Shard), ShardAccount> _shards = new();
    private volatile Tuple<string, Action<int, ReadOnlyMemory<byte>>>? _onLost;

    /// <summary>The account of the shard; the first call opens it.</summary>
    public ShardAccount GetOrAdd(string topic, int shard) =>
        _shards.GetOrAdd((topic, shard), key => new ShardAccount(key.Topic, key.Shard)
        {
            Lost = batch => RaiseLost(key.Topic, key.Shard, batch),
        });

    /// <summary>
    /// Sets the handler that any thread calls before a batch of the topic is dropped or kept as refused. It gets the shard and the
    /// batch's bytes, which it may use until it returns; the bytes are empty if nobody knows them any more.
    /// </summary>
    public void OnLost(string topic, Action<int, ReadOnlyMemory<byte>> handler) => _onLost = Tuple.Create(topic, handler);

    /// <summary>The balance of each topic. Each shard's balance is of one moment, so the sums are exact too.</summary>
    public IReadOnlyDictionary<string, RecordBalance> Balances() =>
        _shards.Values
            .GroupBy(shard => shard.Topic)
            .ToDictionary(topic => topic.Key, topic => topic.Select(shard => shard.Balance()).Aggregate((sum, next) => sum + next));

    private void RaiseLost(string topic, int shard, ReadOnlyMemory<byte> batch)
    {
        if (_onLost is { } on && on.Item1 == topic)
            on.Item2(shard, batch);
    }
}
