using Microsoft.Extensions.Logging;

namespace SaimirisGateway;

/// <summary>Every log line of the gateway, with its event id.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(400, LogLevel.Information, "version {Version} takes replies on {Addresses}, metrics on {MetricsAddress}, as collector {Collector}")]
    public static partial void Started(this ILogger logger, string version, string addresses, string metricsAddress, string collector);

    [LoggerMessage(401, LogLevel.Information, "draining: no more bodies, what was read is written")]
    public static partial void Draining(this ILogger logger);

    [LoggerMessage(402, LogLevel.Information, "ended")]
    public static partial void Ended(this ILogger logger);

    [LoggerMessage(403, LogLevel.Warning, "no agent can send replies: --agent-key has its default value, which everybody knows, and there is no --agent-keys-file")]
    public static partial void NoAgentKey(this ILogger logger);

    [LoggerMessage(404, LogLevel.Information, "{Agents} agents have a key in {File}")]
    public static partial void AgentKeysLoaded(this ILogger logger, int agents, string file);

    [LoggerMessage(405, LogLevel.Warning, "the agents' keys stay as they are, because the new file cannot be used: {Problem}")]
    public static partial void AgentKeysNotReloaded(this ILogger logger, string problem);

    [LoggerMessage(410, LogLevel.Debug, "{Agent}: {Status}, {Accepted} of {Records} records")]
    public static partial void BodyEnded(this ILogger logger, string agent, int status, long accepted, long records);

    [LoggerMessage(411, LogLevel.Warning, "{Agent}: body refused: {Reason} at octet {Offset}; {Accepted} records before it are taken")]
    public static partial void BodyMalformed(this ILogger logger, string agent, string reason, long offset, long accepted);

    [LoggerMessage(412, LogLevel.Warning, "{Count} more refused bodies in the last minute")]
    public static partial void MalformedLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(470, LogLevel.Warning, "the active measurements cannot be read, those known so far stay until it is possible again: {Problem}")]
    public static partial void ActiveMeasurementsNotRead(this ILogger logger, string problem);

    [LoggerMessage(471, LogLevel.Warning, "ClickHouse does not give replies of measurement {Measurement}: {Problem}")]
    public static partial void HistoryNotRead(this ILogger logger, Guid measurement, string problem);

    [LoggerMessage(472, LogLevel.Information, "TLS with the certificate of {Subject}, valid until {NotAfter:yyyy-MM-dd HH:mm:ss}Z")]
    public static partial void CertificateLoaded(this ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(473, LogLevel.Warning, "the certificate expired at {NotAfter:yyyy-MM-dd HH:mm:ss}Z: clients that check it will not connect; replace the files, no restart is needed")]
    public static partial void CertificateExpired(this ILogger logger, DateTime notAfter);

    [LoggerMessage(474, LogLevel.Warning, "the certificate in use stays, because the new one cannot be used: {Problem}")]
    public static partial void CertificateNotReloaded(this ILogger logger, string problem);
}
