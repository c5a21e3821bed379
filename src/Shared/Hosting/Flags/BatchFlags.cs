using Shared.Delivery.Kafka;
using Shared.Records.Batch;

namespace Shared.Hosting.Flags;

/// <summary>The flags that every service has for its batches: their size, their age, and the memory that all of them take.</summary>
public static class BatchFlags
{
    /// <param name="flags">The service's flags.</param>
    /// <param name="defaults">The service's defaults, with the size of its largest record.</param>
    /// <param name="topics">The number of topics that the service writes to.</param>
    /// <param name="typicalRecordBytes">The size of a usual record, because <c>--kafka-mpsc-buffer-size</c> counts records.</param>
    /// <param name="hasSpool">Batches are read back from a spool.</param>
    /// <param name="whenFull">What the service does when the memory is full.</param>
    /// <exception cref="UsageException">The memory limit is too low for the fewest batches that can work.</exception>
    public static BatchOptions Read(
        FlagReader flags, BatchOptions defaults, int topics, int typicalRecordBytes, bool hasSpool, string whenFull)
    {
        flags.Group("Batches and memory");
        var options = defaults with
        {
            MaxBytes = flags.Get("--kafka-message-max-bytes", "BYTES", defaults.MaxBytes, FlagText.Integer(1024, 100_000_000),
                "Maximum size of the records in one Kafka message, bytes. A single larger record is sent alone"),
            BatchWaitTime = flags.Milliseconds("--kafka-batch-wait-time", defaults.BatchWaitTime, 0,
                "Milliseconds that the first record of a message waits for others"),
            Shards = flags.Get("--kafka-shards", "N", defaults.Shards, FlagText.Integer(1, 1024),
                "Number of batches that are filled at a time. A sender has one of them, whose number is the Kafka message key"),
        };
        long buffer = flags.Get("--kafka-mpsc-buffer-size", "RECORDS", 100_000, FlagText.Integer(1),
            $"Number of records that may wait for the brokers in memory, roughly. Beyond that {whenFull}");
        long limit = flags.Get("--memory-limit-bytes", "BYTES", 512L << 20, FlagText.Long(1),
            $"Maximum memory for the batches of all topics and shards, bytes. When it is full {whenFull}");
        var memory = new BatchMemory(topics, options.Shards, options.MaxBatchBytes, ReadBack: hasSpool ? SendQueue.MaxReadBack : 0);
        if (limit < memory.MinLimit)
        {
            throw new UsageException(
                $"--memory-limit-bytes: {limit} is too little for --kafka-shards {options.Shards}: {memory.MinBatches} batches of "
                + $"{memory.BatchBytes} bytes for each of {options.Shards} shards of {topics} topics take {memory.MinLimit}; "
                + "give that much, or fewer shards");
        }
        return options with { BatchesPerShard = memory.BatchesPerShard(buffer * typicalRecordBytes, options.MaxBytes, limit) };
    }

    /// <summary>The interval at which the service closes batches that have waited long enough.</summary>
    public static TimeSpan ReadInterval(FlagReader flags, TimeSpan fallback) => flags.Milliseconds(
        "--kafka-batch-wait-interval", fallback, 1, "Milliseconds between two looks for messages that have waited long enough");
}
