using System.Globalization;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>What the flags about brokers, files and batches come to, for <c>--check-config</c>.</summary>
public static class KafkaSummary
{
    /// <param name="options">Valid ones.</param>
    /// <param name="batches">Of every topic.</param>
    /// <param name="topics">How many topics the service writes to.</param>
    /// <returns>A line each.</returns>
    public static IEnumerable<string> Lines(KafkaOptions options, BatchOptions batches, int topics)
    {
        yield return "records: " + Destination(options);
        if (options.Spool is { } spool)
            yield return string.Create(CultureInfo.InvariantCulture, $"spool: in {Path.GetFullPath(spool.Directory)}, at most {spool.MaxBytes} bytes");
        else if (!options.Disable)
            yield return "spool: none; while the brokers are away and memory is full, the senders wait";
        var memory = new BatchMemory(topics, batches.Shards, batches.MaxBatchBytes, options.Spool is null ? 0 : ShardLane.MaxReadBack);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"memory of batches: at most {memory.Bytes(batches.BatchesPerShard)} bytes, {batches.BatchesPerShard + memory.ReadBack} x {memory.BatchBytes} for each of {memory.Shards} shards of {topics} topics");
    }

    private static string Destination(KafkaOptions options)
    {
        if (options is { Disable: true, OutputDirectory: { } directory })
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"to files in {Path.GetFullPath(directory)}, each finished at {options.OutputFiles.MaxBytes} bytes or {options.OutputFiles.MaxAge.TotalSeconds} s");
        }
        if (options.Disable)
            return "counted and dropped";
        if (options.IsEmbedded)
            return "to a broker in the process, which forgets them when it ends: for trying out";
        string user = options.AuthProtocol.StartsWith("SASL_", StringComparison.Ordinal) ? $", {options.SaslMechanism} as {options.SaslUsername}" : "";
        return $"to Kafka at {string.Join(", ", options.Brokers)} ({options.AuthProtocol}{user}; compression {options.Compression})";
    }
}
