namespace Shared.Records.Batch;

/// <summary>Drops every batch, for <c>--kafka-disable</c> without a directory and for benchmarks.</summary>
public sealed class DiscardSink : IBatchSink
{
    private long _batches;
    private long _bytes;
    private long _records;

    public long Batches => Interlocked.Read(ref _batches);

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Records => Interlocked.Read(ref _records);

    public void Submit(RecordBatch batch)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _bytes, batch.Length);
        Interlocked.Add(ref _records, batch.Records);
        batch.Account.Drop(RecordState.InFlight, "kafka_disabled", batch.Records);
        batch.Release();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
