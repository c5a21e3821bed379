using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>Memory for batches that are read back from the spool, of one lane; kept for the next ones.</summary>
internal sealed class ReadBackMemory(ShardAccount account) : IBatchOwner
{
    private readonly Lock _gate = new();
    private readonly Stack<RecordBatch> _free = new();

    /// <summary>Memory for that many octets.</summary>
    public RecordBatch Take(int length)
    {
        lock (_gate)
        {
            // One that is too small stays away: batches of an earlier process may have been larger.
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
            if (_free.Count < ShardLane.MaxReadBack)
                _free.Push(batch);
        }
    }

    // What is read back was on disk before.
    void IBatchOwner.Settle(RecordBatch batch)
    {
    }
}
