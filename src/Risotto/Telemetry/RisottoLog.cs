using System.Net;
using Microsoft.Extensions.Logging;

namespace Risotto.Telemetry;

/// <summary>Every log line of the collector, with its event id.</summary>
internal static partial class RisottoLog
{
    [LoggerMessage(1000, LogLevel.Information, "version {Version} takes BMP on {BmpAddress}, metrics on {MetricsAddress}, as " +
        "collector {Collector}")]
    public static partial void Started(this ILogger logger, string version, IPEndPoint bmpAddress, IPEndPoint metricsAddress,
        string collector);

    [LoggerMessage(1001, LogLevel.Information, "draining: no more connections; the bytes that were read are written")]
    public static partial void Draining(this ILogger logger);

    [LoggerMessage(1002, LogLevel.Information, "ended")]
    public static partial void Ended(this ILogger logger);

    [LoggerMessage(1010, LogLevel.Debug, "{Source} connected")]
    public static partial void SessionOpened(this ILogger logger, IPEndPoint source);

    [LoggerMessage(1011, LogLevel.Debug, "{Source} closed: {Reason}, after {Messages} messages with {Routes} routes")]
    public static partial void SessionClosed(this ILogger logger, IPEndPoint source, string reason, long messages, long routes);

    [LoggerMessage(1012, LogLevel.Warning, "{Source} closed by the collector: {Reason} at byte {Offset} of its stream; the rest of " +
        "the stream cannot be read as BMP")]
    public static partial void StreamMalformed(this ILogger logger, IPEndPoint source, string reason, long offset);

    [LoggerMessage(1013, LogLevel.Error, "{Source} closed: an error in risotto itself after byte {Offset} of its stream")]
    public static partial void SessionFailed(this ILogger logger, IPEndPoint source, long offset, Exception exception);

    [LoggerMessage(1014, LogLevel.Warning, "{Source} refused: {Reason}")]
    public static partial void Refused(this ILogger logger, IPEndPoint source, string reason);

    [LoggerMessage(1015, LogLevel.Warning, "{Count} more refused connections in the last minute")]
    public static partial void RefusedLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(1016, LogLevel.Warning, "{Count} more sessions closed for malformed streams in the last minute")]
    public static partial void MalformedLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(1017, LogLevel.Error, "{Source} cut off: the time to drain was over before a batch was free; its router sends the " +
        "table again when it reconnects")]
    public static partial void SessionAborted(this ILogger logger, IPEndPoint source);

    [LoggerMessage(1018, LogLevel.Debug, "{Source} did not become a session: {Reason}")]
    public static partial void NotOpened(this ILogger logger, IPEndPoint source, string reason);

    [LoggerMessage(1019, LogLevel.Information, "BMP over TLS with the certificate of {Subject}, " +
        "valid until {NotAfter:yyyy-MM-dd HH:mm:ss}Z")]
    public static partial void CertificateLoaded(this ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(1020, LogLevel.Warning, "the certificate expired at {NotAfter:yyyy-MM-dd HH:mm:ss}Z: routers that check it will " +
        "not connect; replace the files, no restart is needed")]
    public static partial void CertificateExpired(this ILogger logger, DateTime notAfter);

    [LoggerMessage(1021, LogLevel.Warning, "the certificate in use stays, because the new one cannot be used: {Problem}")]
    public static partial void CertificateNotReloaded(this ILogger logger, string problem);

    [LoggerMessage(1023, LogLevel.Information, "{Source} connected, router {SysName}; known from before: peers {Peers}, routes {Routes}")]
    public static partial void RouterConnected(this ILogger logger, IPEndPoint source, string sysName, int peers, long routes);

    [LoggerMessage(1024, LogLevel.Information, "{Source} left, router {SysName}: {Reason}, after {Messages} messages; peers of the " +
        "session {Peers}, routes of the router {Routes}")]
    public static partial void RouterLeft(
        this ILogger logger, IPEndPoint source, string sysName, string reason, long messages, int peers, long routes);

    [LoggerMessage(1025, LogLevel.Information, "{Count} more routers connected in the last minute")]
    public static partial void RouterLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(1039, LogLevel.Information, "{Count} routes of {Router} are withdrawn by the collector: peer {Peer}, distinguisher " +
        "{Distinguisher:x}; cause: {Cause}")]
    public static partial void RoutesWithdrawn(
        this ILogger logger, long count, string router, string peer, ulong distinguisher, string cause);

    [LoggerMessage(1040, LogLevel.Information, "{Count} more peers had routes withdrawn by the collector in the last minute")]
    public static partial void WithdrawalLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(1022, LogLevel.Information, "{Source} closed by the collector so that its router reports everything again: a newer " +
        "session of the router, which was taken instead, has ended or has become silent")]
    public static partial void SessionSuperseded(this ILogger logger, IPEndPoint source);

    [LoggerMessage(1030, LogLevel.Information, "{Path}: {Routes} routes of {Routers} routers are known from before; " +
        "the journal has {Keys} records whose routes are checked again")]
    public static partial void StateLoaded(this ILogger logger, string path, long routes, int routers, long keys);

    [LoggerMessage(1031, LogLevel.Error, "--curation-state-path: {Path} cannot be read ({Problem}); if routes that it has are gone, " +
        "they will not be withdrawn")]
    public static partial void StateUnreadable(this ILogger logger, string path, string problem);

    [LoggerMessage(1032, LogLevel.Error, "--curation-state-path: {Path} cannot be used, because {Problem}; it is kept as {Aside}, and " +
        "the routers' tables are learnt again")]
    public static partial void StateSetAside(this ILogger logger, string path, string problem, string aside);

    [LoggerMessage(1033, LogLevel.Warning, "{Path}: {Problem}; the blocks before it are used (a killed process leaves a torn last block)")]
    public static partial void JournalEnds(this ILogger logger, string path, string problem);

    [LoggerMessage(1034, LogLevel.Error,
        "--curation-state-path: {Path} cannot be written ({Problem}); records are still written, but a process " +
        "that is killed now does not remember them. The collector will try again")]
    public static partial void StateFailed(this ILogger logger, string path, string problem);

    [LoggerMessage(1035, LogLevel.Information, "{Path} can be written again")]
    public static partial void StateWritable(this ILogger logger, string path);

    [LoggerMessage(1036, LogLevel.Error,
        "{Path} cannot be written ({Problem}); records are still written, but a process that is killed before " +
        "the next state file does not remember them")]
    public static partial void JournalFailed(this ILogger logger, string path, string problem);

    [LoggerMessage(1037, LogLevel.Information, "{Path}: records were given up while it was written; it is written again")]
    public static partial void StateAbandoned(this ILogger logger, string path);

    [LoggerMessage(1038, LogLevel.Warning, "{Router} has {MaxRoutes} routes, the maximum: further ones are left out and counted; " +
        "raise --curation-max-routes if that is wanted (some 20 bytes of memory each)")]
    public static partial void TooManyRoutes(this ILogger logger, string router, long maxRoutes);
}
