namespace Shared.Records.Batch;

/// <summary>Closes the batches that have waited long enough, every <c>--kafka-batch-wait-interval</c>.</summary>
public sealed class BatchTimer : IAsyncDisposable
{
    private readonly TopicWriter[] _outputs;
    private readonly ITimer _timer;
    private int _running;

    public BatchTimer(IEnumerable<TopicWriter> outputs, TimeSpan interval, TimeProvider time)
    {
        _outputs = [.. outputs];
        _timer = time.CreateTimer(static self => ((BatchTimer)self!).CloseDue(), this, interval, interval);
    }

    /// <summary>Waits for a turn that is under way; what is open then stays open (see <see cref="TopicWriter.CloseDue"/>).</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void CloseDue()
    {
        // A turn that waits for a busy shard is not joined by the next ones.
        if (Interlocked.Exchange(ref _running, 1) == 1)
            return;
        foreach (var output in _outputs)
            output.CloseDue();
        Volatile.Write(ref _running, 0);
    }
}
