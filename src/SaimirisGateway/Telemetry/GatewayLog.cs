using Microsoft.Extensions.Logging;

namespace SaimirisGateway.Telemetry;

/// <summary>Declares every log line of the gateway with its event id.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(400, LogLevel.Information, "version {Version} takes requests on {Addresses}, metrics on {MetricsAddress}, as "
        + "collector {Collector}")]
    public static partial void Started(this ILogger logger, string version, string addresses, string metricsAddress, string collector);

    [LoggerMessage(401, LogLevel.Information, "draining: it accepts no more requests, and writes the replies that it has read")]
    public static partial void Draining(this ILogger logger);

    [LoggerMessage(402, LogLevel.Information, "ended")]
    public static partial void Ended(this ILogger logger);

    [LoggerMessage(403, LogLevel.Warning, "--agent-key has its default value, which everybody knows: anyone who reaches the API can "
        + "speak for agents without a key in --agent-keys-file")]
    public static partial void NoAgentKey(this ILogger logger);

    [LoggerMessage(404, LogLevel.Information, "{Agents} agents have a key in {File}")]
    public static partial void AgentKeysLoaded(this ILogger logger, int agents, string file);

    [LoggerMessage(405, LogLevel.Warning, "the agents' keys do not change, because the new file cannot be used: {Problem}")]
    public static partial void AgentKeysNotReloaded(this ILogger logger, string problem);

    [LoggerMessage(410, LogLevel.Debug, "{Agent}: {Status}, {Accepted} of {Records} records")]
    public static partial void BodyEnded(this ILogger logger, string agent, int status, long accepted, long records);

    [LoggerMessage(411, LogLevel.Warning, "{Agent}: body refused: {Reason} at byte {Offset}; {Accepted} records before it are accepted")]
    public static partial void BodyMalformed(this ILogger logger, string agent, string reason, long offset, long accepted);

    [LoggerMessage(412, LogLevel.Warning, "{Count} more refused bodies in the last minute")]
    public static partial void MalformedLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(413, LogLevel.Information, "database {Target}, migrations are done")]
    public static partial void DatabaseOpened(this ILogger logger, string target);

    [LoggerMessage(414, LogLevel.Warning, "database {Target} does not answer, the start waits for it: {Problem}")]
    public static partial void DatabaseAwaited(this ILogger logger, string target, string problem);

    [LoggerMessage(415, LogLevel.Warning, "database {Target} does not answer")]
    public static partial void DatabaseLost(this ILogger logger, string target);

    [LoggerMessage(416, LogLevel.Information, "database {Target} answers again")]
    public static partial void DatabaseBack(this ILogger logger, string target);

    [LoggerMessage(417, LogLevel.Information, "{Keys} keys of the users' provider are known")]
    public static partial void UserKeysFetched(this ILogger logger, int keys);

    [LoggerMessage(418, LogLevel.Warning, "the keys of the users' provider cannot be fetched, {Keys} are still known: {Problem}")]
    public static partial void UserKeysNotFetched(this ILogger logger, string problem, int keys);

    [LoggerMessage(419, LogLevel.Warning, "--bypass-jwt: a request without a token is accepted as the test user's")]
    public static partial void JwtBypassed(this ILogger logger);

    [LoggerMessage(420, LogLevel.Debug, "{Method} {Path}: {Status} in {Milliseconds:0.0} ms")]
    public static partial void RequestEnded(this ILogger logger, string method, string path, int status, double milliseconds);

    [LoggerMessage(421, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(422, LogLevel.Warning, "{Count} more failed requests in the last minute")]
    public static partial void RequestLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(423, LogLevel.Information, "{Agents} agents were silent for ten minutes and are removed")]
    public static partial void AgentsRemoved(this ILogger logger, int agents);

    [LoggerMessage(424, LogLevel.Warning, "the agents cannot be read, and will be read again: {Problem}")]
    public static partial void UpkeepFailed(this ILogger logger, string problem);

    [LoggerMessage(430, LogLevel.Information, "{Measurements} measurements wait in the outbox {Folder}; {Orphans} files without a "
        + "measurement are removed")]
    public static partial void OutboxOpened(this ILogger logger, int measurements, string folder, int orphans);

    [LoggerMessage(431, LogLevel.Warning, "a batch of probes for {Topic} failed ({Reason})")]
    public static partial void BatchNotProduced(this ILogger logger, string topic, string reason);

    [LoggerMessage(432, LogLevel.Warning, "{Count} more batches of probes failed in the last minute")]
    public static partial void BatchFailureLinesLeftOut(this ILogger logger, long count);

    [LoggerMessage(433, LogLevel.Debug, "librdkafka, probes: {Facility}: {Text}")]
    public static partial void ProbeClient(this ILogger logger, string facility, string text);

    [LoggerMessage(434, LogLevel.Warning, "measurement {Measurement}: nothing of it could be sent; its quota is free again")]
    public static partial void MeasurementReleased(this ILogger logger, Guid measurement);

    [LoggerMessage(435, LogLevel.Error, "measurement {Measurement}: {Sent} of {Batches} batches were sent, the rest is given up "
        + "({Reason})")]
    public static partial void MeasurementGivenUp(this ILogger logger, Guid measurement, int sent, int batches, string reason);

    [LoggerMessage(436, LogLevel.Warning, "the database does not answer ({Reason}); the outbox tries again")]
    public static partial void OutboxStoreFailed(this ILogger logger, string reason);

    [LoggerMessage(438, LogLevel.Error, "the outbox cannot store the probes of a measurement ({Reason}); make room or repair the disk")]
    public static partial void OutboxDiskFailed(this ILogger logger, string reason);

    [LoggerMessage(439, LogLevel.Information, "{Rows} agents' parts of measurements passed their deadline and are cancelled")]
    public static partial void MeasurementsExpired(this ILogger logger, int rows);

    [LoggerMessage(470, LogLevel.Warning, "the active measurements cannot be read, and the known ones stay until the next attempt: "
        + "{Problem}")]
    public static partial void ActiveMeasurementsNotRead(this ILogger logger, string problem);

    [LoggerMessage(471, LogLevel.Warning, "ClickHouse does not return the replies of measurement {Measurement}: {Problem}")]
    public static partial void HistoryNotRead(this ILogger logger, Guid measurement, string problem);

    [LoggerMessage(472, LogLevel.Information, "TLS with the certificate of {Subject}, valid until {NotAfter:yyyy-MM-dd HH:mm:ss}Z")]
    public static partial void CertificateLoaded(this ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(473, LogLevel.Warning, "the certificate expired at {NotAfter:yyyy-MM-dd HH:mm:ss}Z: clients that check it will not "
        + "connect; replace the files, no restart is needed")]
    public static partial void CertificateExpired(this ILogger logger, DateTime notAfter);

    [LoggerMessage(474, LogLevel.Warning, "the certificate in use stays, because the new one cannot be used: {Problem}")]
    public static partial void CertificateNotReloaded(this ILogger logger, string problem);
}
