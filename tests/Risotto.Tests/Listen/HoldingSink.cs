using Shared.Records.Batch;

namespace Risotto.Tests.Listen;

/// <summary>A sink that keeps every batch until it is let go; from then on it takes them at once.</summary>
internal sealed class HoldingSink : IBatchSink
{
    private readonly Lock _gate = new();
    private readonly List<RecordBatch> _held = [];
    private readonly MemoryStream _values = new();
    private bool _isHolding = true;

    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was let through, one value behind the other.</summary>
    public byte[] Values
    {
        get
        {
            lock (_gate)
                return _values.ToArray();
        }
    }

    public void Submit(RecordBatch batch)
    {
        lock (_gate)
        {
            if (_isHolding)
            {
                _held.Add(batch);
                Held.TrySetResult();
                return;
            }
            _values.Write(batch.Value);
        }
        Acknowledge(batch);
    }

    public void LetGo()
    {
        RecordBatch[] held;
        lock (_gate)
        {
            held = [.. _held];
            foreach (var batch in held)
                _values.Write(batch.Value);
            _held.Clear();
            _isHolding = false;
        }
        foreach (var batch in held)
            Acknowledge(batch);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Acknowledge(RecordBatch batch)
    {
        batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
        batch.Release();
    }
}
