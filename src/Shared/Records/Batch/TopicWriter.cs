namespace Shared.Records.Batch;

/// <summary>Holds the writers of one topic's shards. A shard gets memory when its first record comes.</summary>
public sealed class TopicWriter
{
    private readonly ShardWriter[] _shards;

    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The limits of batches.</param>
    /// <param name="sink">The sink of closed batches.</param>
    /// <param name="time">The clock of the batch wait time.</param>
    /// <param name="accounts">The service's accounts; null: accounts that nobody reads.</param>
    public TopicWriter(string topic, BatchOptions options, IBatchSink sink, TimeProvider time, RecordAccounts? accounts = null)
    {
        Topic = topic;
        accounts ??= new RecordAccounts();
        _shards = [.. Enumerable.Range(0, options.Shards).Select(i => new ShardWriter(accounts.GetOrAdd(topic, i), options, sink, time))];
    }

    public string Topic { get; }

    public IReadOnlyList<ShardWriter> Shards => _shards;

    /// <summary>The shard of a router, exporter or agent, by a hash of it.</summary>
    public ShardWriter ShardOf(ulong hash) => _shards[(int)(hash % (ulong)_shards.Length)];

    /// <summary>Closes the batches that have waited long enough; all that are not empty if <paramref name="always"/>.</summary>
    public void CloseDue(bool always = false)
    {
        foreach (var shard in _shards)
        {
            lock (shard.Gate)
                shard.CloseIfDue(always);
        }
    }
}
