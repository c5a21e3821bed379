namespace Shared.Records.Batch;

/// <summary>Closes batches that have waited long enough, at intervals of <c>--kafka-batch-wait-interval</c>.</summary>
public sealed class BatchTimer : IAsyncDisposable
{
    private readonly TopicWriter[] _topics;
    private readonly ITimer _timer;
    private int _running;

    public BatchTimer(IEnumerable<TopicWriter> topics, TimeSpan interval, TimeProvider time)
    {
        _topics = [.. topics];
        _timer = time.CreateTimer(static self => ((BatchTimer)self!).CloseDue(), this, interval, interval);
    }

    /// <summary>Waits for a running turn. Open batches stay open (see <see cref="TopicWriter.CloseDue"/>).</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void CloseDue()
    {
        // While a turn waits for a busy shard, the next ones do nothing.
        if (Interlocked.Exchange(ref _running, 1) == 1)
            return;
        foreach (var topic in _topics)
            topic.CloseDue();
        Volatile.Write(ref _running, 0);
    }
}
