using Microsoft.Extensions.Logging;
using Shared.Batch;
using Shared.Files;
using Shared.Metrics;

namespace Shared.Kafka;

/// <summary>From the options to the sink that they ask for.</summary>
public static class SinkFactory
{
    /// <param name="options">Valid ones: <see cref="KafkaOptions.Problems"/> names none.</param>
    /// <param name="topics">What will be written to; the embedded broker makes them with a partition a shard.</param>
    /// <param name="batches">The largest shards and sizes of all outputs.</param>
    /// <param name="metrics">The service's; used where there is Kafka.</param>
    /// <param name="loggers">For the sink's lines.</param>
    /// <param name="time">For pauses, ages and latencies.</param>
    /// <exception cref="InvalidOperationException">The client refuses the settings, or the embedded broker cannot start.</exception>
    /// <exception cref="IOException">The output directory cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The output directory may not be made.</exception>
    public static IBatchSink Create(
        KafkaOptions options, IEnumerable<string> topics, BatchOptions batches, KafkaMetrics metrics, ILoggerFactory loggers, TimeProvider time)
    {
        var logger = loggers.CreateLogger("Kafka");
        if (options is { Disable: true, OutputDirectory: { } directory })
        {
            KafkaLog.WritingFiles(logger, directory);
            return new DirectorySink(directory, logger, time, options.OutputFiles);
        }
        if (options.Disable)
        {
            KafkaLog.Discarding(logger);
            return new DiscardSink();
        }
        int maxBatchBytes = Math.Max(batches.MaxBytes, batches.MaxRecordBytes);
        if (!options.IsEmbedded)
            return new KafkaSink(options, maxBatchBytes, metrics, logger, time);

        var broker = new EmbeddedBroker();
        foreach (string topic in topics.Distinct())
            broker.CreateTopic(topic, batches.Shards);
        KafkaLog.Embedded(logger, broker.Bootstrap);
        return new KafkaSink(options with { Brokers = [broker.Bootstrap] }, maxBatchBytes, metrics, logger, time, broker);
    }
}
