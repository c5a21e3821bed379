namespace Shared.Records.Batch;

/// <summary>Keeps a copy of every batch, without limit, for tests and for the replay of a file.</summary>
public sealed class MemorySink : IBatchSink
{
    private readonly List<BatchCopy> _batches = [];
    private readonly Lock _gate = new();

    /// <summary>The copies, oldest first.</summary>
    public IReadOnlyList<BatchCopy> Batches
    {
        get
        {
            lock (_gate)
                return [.. _batches];
        }
    }

    /// <summary>Returns the copies and forgets them.</summary>
    public IReadOnlyList<BatchCopy> Take()
    {
        lock (_gate)
        {
            BatchCopy[] taken = [.. _batches];
            _batches.Clear();
            return taken;
        }
    }

    public void Submit(RecordBatch batch)
    {
        Store(batch);
        batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
        batch.Release();
    }

    internal void Store(RecordBatch batch)
    {
        var copy = new BatchCopy(batch.Topic, batch.Shard, batch.Value.ToArray(), batch.Records);
        lock (_gate)
            _batches.Add(copy);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
