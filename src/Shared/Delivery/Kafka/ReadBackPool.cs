using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>Lends memory for the batches of one shard that the spool worker reads back, and keeps it for the next ones.</summary>
internal sealed class ReadBackPool(ShardAccount account) : IBatchOwner
{
    private readonly Lock _gate = new();
    private readonly Stack<RecordBatch> _free = new();

    /// <param name="length">Bytes.</param>
    public RecordBatch Rent(int length)
    {
        lock (_gate)
        {
            // The pool forgets memory that is too small: batches of an earlier process may be larger.
            if (_free.TryPop(out var free) && free.Buffer.Length >= length)
            {
                free.Taken();
                return free;
            }
        }
        return new RecordBatch(this, account, length);
    }

    void IBatchOwner.Return(RecordBatch batch)
    {
        lock (_gate)
        {
            if (_free.Count < SendQueue.MaxReadBack)
                _free.Push(batch);
        }
    }

    // The batch comes from the disk, so nobody waits for it to get there.
    void IBatchOwner.Settle(RecordBatch batch)
    {
    }
}
