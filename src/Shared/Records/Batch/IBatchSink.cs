namespace Shared.Records.Batch;

/// <summary>Takes closed batches to Kafka, a directory or memory, or drops them.</summary>
public interface IBatchSink : IAsyncDisposable
{
    /// <summary>
    /// Takes the batch over and returns at once. A shard submits its batches in order, one thread at a time. The sink calls
    /// <see cref="RecordBatch.Release"/> exactly once, on any thread, when it no longer needs the memory.
    /// </summary>
    void Submit(RecordBatch batch);

    /// <summary>Says for <c>/readyz</c> why the sink cannot deliver batches now, in one line; null: it can.</summary>
    string? NotReady => null;
}
