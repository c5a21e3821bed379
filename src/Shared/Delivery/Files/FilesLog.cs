using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Files;

/// <summary>Holds the log lines about files that the sink writes instead of Kafka. Event ids 210 to 219 are theirs.</summary>
internal static partial class FilesLog
{
    [LoggerMessage(210, LogLevel.Error, "{File} cannot be written ({Reason}); trying again every {Seconds} s, input waits")]
    public static partial void FileFailed(ILogger logger, string file, string reason, double seconds);

    [LoggerMessage(211, LogLevel.Information, "{File} can be written again")]
    public static partial void FileRecovered(ILogger logger, string file);

    [LoggerMessage(212, LogLevel.Error,
        "{Batches} batches ({Records} records) could not be written to {Directory} before the end and are lost")]
    public static partial void FilesGivenUp(ILogger logger, int batches, long records, string directory);

    [LoggerMessage(213, LogLevel.Information,
        "{File} was left unfinished by an earlier process and is complete now: {Records} records, {Bytes} bytes")]
    public static partial void LeftoverFinished(ILogger logger, string file, long records, long bytes);

    [LoggerMessage(214, LogLevel.Warning,
        "{File} holds {Bytes} bytes that cannot be read, from the end of a file that an earlier process left unfinished")]
    public static partial void LeftoverDamaged(ILogger logger, string file, long bytes);

    [LoggerMessage(215, LogLevel.Error,
        "{File} was left unfinished by an earlier process and cannot be completed ({Reason}); the next start tries again")]
    public static partial void LeftoverFailed(ILogger logger, string file, string reason);
}
