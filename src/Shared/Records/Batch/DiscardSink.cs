namespace Shared.Records.Batch;

/// <summary>Drops every batch, for <c>--kafka-disable</c> without a directory and for benchmarks.</summary>
public sealed class DiscardSink : IBatchSink
{
    public void Submit(RecordBatch batch)
    {
        batch.Account.Drop(RecordState.InFlight, "kafka_disabled", batch.Records);
        batch.Release();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
