namespace Shared.Records.Batch;

/// <summary>One topic's shards. Memory of a shard is allocated when it is first written to.</summary>
public sealed class TopicWriter
{
    private readonly ShardWriter[] _shards;

    /// <param name="topic">Where the records go.</param>
    /// <param name="options">How batches are cut.</param>
    /// <param name="sink">Takes the closed ones.</param>
    /// <param name="time">Measures how long records wait.</param>
    /// <param name="accounts">The service's; null: the records are counted, and nobody looks.</param>
    public TopicWriter(string topic, BatchOptions options, IBatchSink sink, TimeProvider time, RecordAccounts? accounts = null)
    {
        Topic = topic;
        accounts ??= new RecordAccounts();
        _shards = [.. Enumerable.Range(0, options.Shards).Select(i => new ShardWriter(accounts.GetOrAdd(topic, i), options, sink, time))];
    }

    public string Topic { get; }

    public IReadOnlyList<ShardWriter> Shards => _shards;

    /// <summary>The shard that a hash of the router, exporter or agent falls on.</summary>
    public ShardWriter ShardOf(ulong hash) => _shards[(int)(hash % (ulong)_shards.Length)];

    /// <summary>Closes the batches that have waited long enough, or every non-empty one.</summary>
    public void CloseDue(bool always = false)
    {
        foreach (var shard in _shards)
        {
            lock (shard.Gate)
                shard.CloseIfDue(always);
        }
    }
}
