using System.Collections.Concurrent;
using Shared.Records.Batch;

namespace SaimirisGateway.Tests.Replies.Pipeline;

/// <summary>Returns batches when the test asks for it, as acknowledged or as given up.</summary>
internal sealed class HoldingSink : IBatchSink
{
    private readonly ConcurrentQueue<RecordBatch> _held = new();
    private readonly SemaphoreSlim _submitted = new(0);

    public void Submit(RecordBatch batch)
    {
        _held.Enqueue(batch);
        _submitted.Release();
    }

    public async Task WaitForBatchAsync(CancellationToken cancel)
    {
        if (!await _submitted.WaitAsync(TimeSpan.FromMinutes(5), cancel))
            throw new TimeoutException("no batch was submitted");
    }

    public void ReleaseAll()
    {
        while (_held.TryDequeue(out var batch))
        {
            batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
            batch.Release();
        }
    }

    public void DropAll()
    {
        while (_held.TryDequeue(out var batch))
        {
            batch.Drop(RecordState.InFlight, "refused");
            batch.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        ReleaseAll();
        return ValueTask.CompletedTask;
    }
}
