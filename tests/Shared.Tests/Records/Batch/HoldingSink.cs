using Shared.Records.Batch;

namespace Shared.Tests.Records.Batch;

/// <summary>Keeps every batch until the test lets it go.</summary>
internal sealed class HoldingSink : IBatchSink
{
    private readonly Queue<RecordBatch> _held = [];

    public int Count
    {
        get
        {
            lock (_held)
                return _held.Count;
        }
    }

    public RecordBatch Oldest => _held.Peek();

    public void Submit(RecordBatch batch)
    {
        lock (_held)
            _held.Enqueue(batch);
    }

    public bool ReleaseOne()
    {
        RecordBatch? batch;
        lock (_held)
        {
            if (!_held.TryDequeue(out batch))
                return false;
        }
        batch.Release();
        return true;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
