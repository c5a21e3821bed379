using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Kafka;

/// <summary>Holds every log line about closed batches. Event ids 200 to 209 and 230 to 239 are theirs.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(200, LogLevel.Information, "connected to {Brokers}")]
    public static partial void Connected(ILogger logger, string brokers);

    [LoggerMessage(201, LogLevel.Warning, "no broker of {Brokers} answers ({Reason}); trying again")]
    public static partial void Disconnected(ILogger logger, string brokers, string reason);

    [LoggerMessage(202, LogLevel.Warning,
        "{Batches} batches failed to be delivered ({Reason}; the last one to {Topic}, shard {Shard}); they are sent again")]
    public static partial void BatchRetried(ILogger logger, long batches, string reason, string topic, int shard);

    [LoggerMessage(203, LogLevel.Error,
        "a batch of {Records} records ({Bytes} bytes) for {Topic}, shard {Shard}, was refused and dropped ({Reason}){Advice}")]
    public static partial void BatchDropped(
        ILogger logger, int records, int bytes, string topic, int shard, string reason, string advice);

    [LoggerMessage(204, LogLevel.Error,
        "{Batches} batches ({Records} records) were not acknowledged within {Seconds} s of the end and are lost")]
    public static partial void DrainGivenUp(ILogger logger, int batches, long records, double seconds);

    [LoggerMessage(205, LogLevel.Error,
        "the Kafka client met a fatal error ({Reason}); a new one sends {Batches} batches again")]
    public static partial void ClientReplaced(ILogger logger, string reason, int batches);

    [LoggerMessage(206, LogLevel.Debug, "librdkafka: {Facility}: {Text}")]
    public static partial void Client(ILogger logger, string facility, string text);

    [LoggerMessage(207, LogLevel.Warning,
        "embedded broker at {Bootstrap}, for trying out only: it keeps a few MiB in memory and ends with this process")]
    public static partial void Embedded(ILogger logger, string bootstrap);

    [LoggerMessage(208, LogLevel.Information, "Kafka is off: records are decoded, counted and dropped")]
    public static partial void Discarding(ILogger logger);

    [LoggerMessage(209, LogLevel.Information, "Kafka is off: records are written to {Directory}")]
    public static partial void WritingFiles(ILogger logger, string directory);

    [LoggerMessage(230, LogLevel.Error,
        "{Batches} batches were refused ({Reason}; the last one of {Topic}, shard {Shard}) and are kept: {File}{Advice}")]
    public static partial void BatchRejected(
        ILogger logger, long batches, string topic, int shard, string reason, string file, string advice);

    [LoggerMessage(231, LogLevel.Error,
        "the spool {Directory} takes no batch ({Reason}); new batches wait in memory, and when that is full their senders wait")]
    public static partial void SpoolFailed(ILogger logger, string directory, string reason);

    [LoggerMessage(232, LogLevel.Information, "the spool {Directory} takes batches again")]
    public static partial void SpoolRecovered(ILogger logger, string directory);

    [LoggerMessage(233, LogLevel.Information,
        "{Batches} batches are in the spool {Directory}; batches that the broker does not take within a second follow them")]
    public static partial void SpoolInUse(ILogger logger, long batches, string directory);

    [LoggerMessage(234, LogLevel.Information,
        "the spool {Directory} is empty again after {Seconds} s: the broker has acknowledged everything in it")]
    public static partial void SpoolEmpty(ILogger logger, string directory, double seconds);

    [LoggerMessage(235, LogLevel.Warning, "{Batches} batches ({Records} records) stay in the spool {Directory} for the next start")]
    public static partial void SpoolLeft(ILogger logger, long batches, long records, string directory);
}
