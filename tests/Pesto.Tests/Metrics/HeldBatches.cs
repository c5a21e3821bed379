using Shared.Records.Batch;

namespace Pesto.Tests.Metrics;

/// <summary>Keeps every batch until the test lets them go, and acknowledges later batches at once.</summary>
internal sealed class HeldBatches : IBatchSink
{
    private readonly Lock _gate = new();
    private readonly List<RecordBatch> _held = [];
    private bool _isHolding = true;

    public void Submit(RecordBatch batch)
    {
        lock (_gate)
        {
            if (_isHolding)
            {
                _held.Add(batch);
                return;
            }
        }
        Acknowledge(batch);
    }

    public void LetGo()
    {
        lock (_gate)
            _isHolding = false;
        _held.ForEach(Acknowledge);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Acknowledge(RecordBatch batch)
    {
        batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
        batch.Release();
    }
}
