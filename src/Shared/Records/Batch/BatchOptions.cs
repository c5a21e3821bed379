namespace Shared.Records.Batch;

/// <summary>How batches are cut. Memory is bounded by shards x batches per shard x bytes, per topic.</summary>
public sealed record BatchOptions
{
    /// <summary>Octets of one Kafka value; 990,000 leaves room for Kafka's own 1,000,000 limit.</summary>
    public int MaxBytes { get; init; } = 990_000;

    /// <summary>The largest single record that a writer may ask for. It is sent alone where it exceeds <see cref="MaxBytes"/>.</summary>
    public required int MaxRecordBytes { get; init; }

    /// <summary>Octets of the largest batch.</summary>
    public int MaxBatchBytes => Math.Max(MaxBytes, MaxRecordBytes);

    /// <summary>How long the first record of a batch waits for others.</summary>
    public TimeSpan BatchWaitTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A router, exporter or agent is bound to one of these; also the Kafka message key.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>The open batch and those under way. With all of them under way the writer waits.</summary>
    public int BatchesPerShard { get; init; } = 6;
}
