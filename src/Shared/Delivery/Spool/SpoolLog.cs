using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Spool;

/// <summary>Holds the log lines about the spool's files. Event ids 220 to 229 are theirs.</summary>
internal static partial class SpoolLog
{
    [LoggerMessage(220, LogLevel.Information,
        "spool {Directory}: {Batches} batches ({Records} records, {Bytes} bytes) wait from an earlier run")]
    public static partial void Recovered(ILogger logger, string directory, long batches, long records, long bytes);

    [LoggerMessage(221, LogLevel.Error,
        "spool {File}: {Bytes} bytes at offset {Offset} cannot be read ({What}); {Records} records are lost")]
    public static partial void Damaged(ILogger logger, string file, long offset, long bytes, string what, string records);

    [LoggerMessage(222, LogLevel.Warning, "spool: {File} is not a file of the spool and is left alone")]
    public static partial void Unknown(ILogger logger, string file);

    [LoggerMessage(223, LogLevel.Warning,
        "spool {File} cannot be deleted ({Reason}); its batches may be sent twice after a restart")]
    public static partial void NotRemoved(ILogger logger, string file, string reason);

    [LoggerMessage(224, LogLevel.Warning,
        "spool {File} cannot be written ({Reason}); acknowledged batches may be sent twice after a restart")]
    public static partial void HeadNotWritten(ILogger logger, string file, string reason);

    [LoggerMessage(225, LogLevel.Error,
        "spool {Directory} cannot be synced at the end ({Reason}); a power cut now may lose the last batches")]
    public static partial void NotSynced(ILogger logger, string directory, string reason);
}
