using System.Globalization;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>Describes the options of brokers, files and batches for <c>--check-config</c>.</summary>
public static class KafkaSummary
{
    /// <param name="options">Valid options.</param>
    /// <param name="batches">The limits of every topic's batches.</param>
    /// <param name="topics">How many topics the service writes to.</param>
    /// <returns>Lines of text.</returns>
    public static IEnumerable<string> Lines(KafkaOptions options, BatchOptions batches, int topics)
    {
        yield return "records: " + Destination(options);
        if (options.Spool is { } spool)
            yield return string.Create(
                CultureInfo.InvariantCulture, $"spool: in {Path.GetFullPath(spool.Directory)}, at most {spool.MaxBytes} bytes");
        else if (!options.Disable)
            yield return "spool: none; while the brokers are away and memory is full, the senders wait";
        var memory = new BatchMemory(topics, batches.Shards, batches.MaxBatchBytes, options.ReadBackBatches);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"memory of batches: at most {memory.Bytes(batches.BatchesPerShard)} bytes, "
            + $"{batches.BatchesPerShard + memory.ReadBack} x {memory.BatchBytes} for each of {memory.Shards} shards of {topics} topics");
    }

    private static string Destination(KafkaOptions options)
    {
        if (options is { Disable: true, OutputDirectory: { } directory })
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"to files in {Path.GetFullPath(directory)}, "
                + $"each finished at {options.OutputFiles.MaxBytes} bytes or {options.OutputFiles.MaxAge.TotalSeconds} s");
        }
        if (options.Disable)
            return "counted and dropped";
        if (options.IsEmbedded)
            return "to a broker in the process, which forgets them when it ends: for trying out";
        string user = options.UsesSasl ? $", {options.SaslMechanism} as {options.SaslUsername}" : "";
        return $"to Kafka at {string.Join(", ", options.Brokers)} ({options.AuthProtocol}{user}; compression {options.Compression})";
    }
}
