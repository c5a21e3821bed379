using Microsoft.Extensions.Logging;
using Shared.Delivery.Files;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Hosting.Service;

/// <summary>From the options to the sink that they ask for.</summary>
public static class SinkFactory
{
    /// <param name="options">Valid ones: <see cref="KafkaOptions.Problems"/> names none.</param>
    /// <param name="topics">What will be written to; the embedded broker makes them with a partition a shard.</param>
    /// <param name="batches">The largest shards and sizes of all outputs.</param>
    /// <param name="context">The service's parts.</param>
    /// <exception cref="StartupException">A directory cannot be had, or the client refuses the settings; the message names the flag.</exception>
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

    /// <summary>The embedded broker, for a service that has other clients beside its sink; they are to be given its address.</summary>
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
            throw new StartupException($"--output-dir: {directory} cannot be used ({e.Message}); choose a directory that the user may write to and that no other process uses", e);
        }
    }

    internal static SpoolDirectory OpenSpool(SpoolOptions options, SinkContext context)
    {
        try
        {
            bool isOpen = false;
            // What is unreadable from the start is in no account.
            var spool = SpoolDirectory.Open(options, context.Logger, context.Time, damage => OnDamage(damage, isOpen ? damage.Records ?? 0 : 0, context));
            isOpen = true;
            return spool;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--spool-dir: {options.Directory} cannot be used ({e.Message}); choose a directory that the user may write to and that no other process uses", e);
        }
    }

    private static void OnDamage(SpoolDamage damage, long countedRecords, SinkContext context)
    {
        context.Spool!.Damaged(damage.Bytes);
        var account = context.Accounts.GetOrAdd(damage.Topic, damage.Shard);
        account.Drop(RecordState.Spooled, "spool_damaged", countedRecords);
        account.Lost?.Invoke(default);
    }
}
