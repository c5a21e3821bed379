namespace Shared.Records.Batch;

/// <summary>Where closed batches go: Kafka, a directory, memory, or nowhere.</summary>
public interface IBatchSink : IAsyncDisposable
{
    /// <summary>
    /// Takes the batch over and returns at once; batches of one shard are submitted in order, by one thread at a time.
    /// The sink calls <see cref="RecordBatch.Release"/> exactly once, on any thread, when it no longer needs the memory.
    /// </summary>
    void Submit(RecordBatch batch);

    /// <summary>For <c>/readyz</c>: why batches do not get through at the moment, in one line; null when they do.</summary>
    string? NotReady => null;
}
