namespace Shared.Records.Batch;

/// <summary>Limits batches. The memory of a topic is at most shards x batches per shard x bytes.</summary>
public sealed record BatchOptions
{
    /// <summary>Bytes of one Kafka value; 990,000 leaves room for Kafka's own 1,000,000 limit.</summary>
    public int MaxBytes { get; init; } = 990_000;

    /// <summary>The largest record that a writer may ask for. A record above <see cref="MaxBytes"/> gets a batch of its own.</summary>
    public required int MaxRecordBytes { get; init; }

    /// <summary>Bytes of the largest batch.</summary>
    public int MaxBatchBytes => Math.Max(MaxBytes, MaxRecordBytes);

    /// <summary>The time that the first record of a batch waits for more.</summary>
    public TimeSpan BatchWaitTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The number of shards. Each router, exporter or agent has one, and the shard is also the Kafka message key.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>The open batch and those that the sink holds. When the sink holds all of them, the writer waits.</summary>
    public int BatchesPerShard { get; init; } = 6;
}
