namespace Shared.Records.Batch;

/// <summary>Keeps a copy of every batch, without limit: for tests and for the replay of a file.</summary>
public sealed class MemorySink : IBatchSink
{
    private readonly List<StoredBatch> _batches = [];
    private readonly Lock _gate = new();

    /// <summary>What was submitted until now, oldest first.</summary>
    public IReadOnlyList<StoredBatch> Batches
    {
        get
        {
            lock (_gate)
                return [.. _batches];
        }
    }

    /// <summary>Hands out what was kept and forgets it.</summary>
    public IReadOnlyList<StoredBatch> Take()
    {
        lock (_gate)
        {
            StoredBatch[] taken = [.. _batches];
            _batches.Clear();
            return taken;
        }
    }

    public void Submit(RecordBatch batch)
    {
        Keep(batch);
        batch.Ledger.Move(RecordPlace.InFlight, RecordPlace.Acked, batch.Records);
        batch.Release();
    }

    internal void Keep(RecordBatch batch)
    {
        var copy = new StoredBatch(batch.Topic, batch.Shard, batch.Value.ToArray(), batch.Records);
        lock (_gate)
            _batches.Add(copy);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
