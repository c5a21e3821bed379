using Microsoft.Extensions.Logging;
using Shared.Delivery.Files;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Hosting.Service;

/// <summary>Opens the sink that the options ask for: Kafka, files, or none.</summary>
public static class SinkFactory
{
    /// <param name="options">Valid options: <see cref="KafkaOptions.Problems"/> is empty.</param>
    /// <param name="topics">The topics of the batches. The embedded broker creates them with one partition for each shard.</param>
    /// <param name="batches">The number of shards and the size of a batch.</param>
    /// <param name="context">The parts of the service that the sink uses.</param>
    /// <exception cref="StartupException">A directory or the settings cannot be used; the message names the flag.</exception>
    public static IBatchSink Create(KafkaOptions options, IEnumerable<string> topics, BatchOptions batches, SinkContext context)
    {
        if (options is { Disable: true, OutputDirectory: { } directory })
            return ToDirectory(directory, options.OutputFiles, context);
        if (options.Disable)
        {
            KafkaLog.Discarding(context.Logger);
            return new DiscardSink();
        }
        var spool = options.Spool is null ? null : OpenSpool(options.Spool, context);
        try
        {
            if (!options.IsEmbedded)
                return new KafkaSink(options, batches, context, spool);

            var broker = StartEmbedded(topics, batches.Shards, context.Logger);
            return new KafkaSink(options with { Brokers = [broker.Bootstrap] }, batches, context, spool, broker);
        }
        catch (InvalidOperationException e)
        {
            spool?.Dispose();
            throw new StartupException($"--kafka-*: {e.Message}", e);
        }
    }

    /// <summary>Starts the embedded broker. A service with more clients than its sink gives them the broker's address.</summary>
    /// <exception cref="StartupException">No loopback port could be opened.</exception>
    public static EmbeddedBroker StartEmbedded(IEnumerable<string> topics, int partitions, ILogger logger)
    {
        try
        {
            var broker = new EmbeddedBroker();
            foreach (string topic in topics.Distinct())
                broker.CreateTopic(topic, partitions);
            KafkaLog.Embedded(logger, broker.Bootstrap);
            return broker;
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"--kafka-brokers: {e.Message}", e);
        }
    }

    private static DirectorySink ToDirectory(string directory, FileRotation files, SinkContext context)
    {
        try
        {
            KafkaLog.WritingFiles(context.Logger, directory);
            return new DirectorySink(directory, context.Logger, context.Time, files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable("--output-dir", directory, e);
        }
    }

    internal static SpoolDirectory OpenSpool(SpoolOptions options, SinkContext context)
    {
        try
        {
            bool isOpen = false;
            // Records that were already unreadable at the start are in no account.
            var spool = SpoolDirectory.Open(
                options, context.Logger, context.Time, damage => OnDamage(damage, isOpen ? damage.Records ?? 0 : 0, context));
            isOpen = true;
            return spool;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable("--spool-dir", options.Directory, e);
        }
    }

    private static StartupException Unusable(string flag, string directory, Exception cause) => new(
        $"{flag}: {directory} cannot be used ({cause.Message}); "
        + "choose a directory that the user may write to and that no other process uses",
        cause);

    private static void OnDamage(SpoolDamage damage, long countedRecords, SinkContext context)
    {
        context.Spool!.Damaged(damage.Bytes);
        var account = context.Accounts.GetOrAdd(damage.Topic, damage.Shard);
        account.Drop(RecordState.Spooled, "spool_damaged", countedRecords);
        account.Lost?.Invoke(default);
    }
}
