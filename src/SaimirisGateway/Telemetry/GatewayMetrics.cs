using Prometheus;
using SaimirisGateway.Replies.Pipeline;

namespace SaimirisGateway.Telemetry;

/// <summary>
/// Holds every metric of the gateway. A body counts its records in <see cref="ReplyCounters"/>, which are added here when it ends.
/// </summary>
internal sealed class GatewayMetrics
{
    private static readonly HashSet<string> Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private readonly Counter _bodies, _accepted, _unverified, _rejected, _malformed, _unauthorized, _waits;
    private readonly Counter _stored, _dropped, _missed, _historyErrors;
    private readonly Counter _probes, _measurements, _kafkaErrors, _registered, _requests;
    private readonly Gauge _open, _storedBytes, _streams, _active, _certificateExpiry;

    public GatewayMetrics(CollectorRegistry registry)
    {
        var metrics = Metrics.WithCustomRegistry(registry);
        _bodies = metrics.CreateCounter(
            "saimiris_gateway_reply_bodies_total", "Bodies of replies, by the status of the answer; 0: the agent disconnected.", "status");
        _open = metrics.CreateGauge("saimiris_gateway_reply_bodies", "Bodies of replies under way.");
        _accepted = metrics.CreateCounter("saimiris_gateway_replies_accepted_total", "Replies written to a batch.");
        _unverified = metrics.CreateCounter(
            "saimiris_gateway_replies_unverified_total",
            "Accepted replies whose probe was not checked: IPv6, echo replies, messages, and all without a caracal-id.");
        _rejected = metrics.CreateCounter(
            "saimiris_gateway_replies_rejected_total", "Records that are no reply of the agent's, by reason.", "reason");
        _malformed = metrics.CreateCounter(
            "saimiris_gateway_reply_bodies_malformed_total", "Bodies that could not be read to their end, by reason.", "reason");
        _unauthorized = metrics.CreateCounter("saimiris_gateway_unauthorized_total", "Agents' requests without the agent's key.");
        _waits = metrics.CreateCounter("saimiris_gateway_backpressure_waits_total", "Times that a body waited for a free batch.");
        _certificateExpiry = metrics.CreateGauge(
            "saimiris_gateway_tls_certificate_expiry_timestamp_seconds", "When the certificate of --tls-address expires, Unix time.",
            new GaugeConfiguration { SuppressInitialValue = true });
        _stored = metrics.CreateCounter(
            "saimiris_gateway_results_kept_total", "Replies to active measurements stored in memory, once for each measurement.");
        _dropped = metrics.CreateCounter("saimiris_gateway_results_dropped_total", "Stored replies dropped to make room for newer ones.");
        _storedBytes = metrics.CreateGauge(
            "saimiris_gateway_results_kept_bytes", "Memory of the stored replies; --results-memory-bytes limits it.");
        _streams = metrics.CreateGauge("saimiris_gateway_results_streams", "Live streams of replies under way.");
        _missed = metrics.CreateCounter(
            "saimiris_gateway_results_missed_total", "Times that a live stream was too slow, and replies are missing in it.");
        _historyErrors = metrics.CreateCounter("saimiris_gateway_results_history_errors_total", "Queries that ClickHouse did not answer.");
        _probes = metrics.CreateCounter("saimiris_gateway_probes_submitted_total", "Probes of accepted measurements, times their agents.");
        _measurements = metrics.CreateCounter("saimiris_gateway_measurements_created_total", "Accepted measurements.");
        _kafkaErrors = metrics.CreateCounter("saimiris_gateway_kafka_errors_total", "Failed attempts to produce a batch of probes.");
        _registered = metrics.CreateCounter("saimiris_gateway_agents_registered_total", "Registrations of agents, repeated ones too.");
        _active = metrics.CreateGauge(
            "saimiris_gateway_agents_active", "Agents that reported in the last ten minutes, and whose last health check is not older.");
        _requests = metrics.CreateCounter(
            "saimiris_gateway_http_requests_total", "Requests; path is the route.", "method", "path", "status");
    }

    public void OnUnauthorized() => _unauthorized.Inc();

    /// <summary>Counts a body that found no free batch.</summary>
    public void OnWait() => _waits.Inc();

    public void OnOpened() => _open.Inc();

    public void OnClosed(int status, ReplyCounters counters, string? malformed)
    {
        _open.Dec();
        OnAnswered(status);
        _accepted.Inc(counters.Accepted);
        _unverified.Inc(counters.Unverified);
        foreach (var (reason, count) in counters.Rejected)
            _rejected.WithLabels(reason).Inc(count);
        if (malformed is not null)
            _malformed.WithLabels(malformed).Inc();
    }

    /// <summary>Counts an answer to a body that was not read.</summary>
    public void OnAnswered(int status) => _bodies.WithLabels($"{status}").Inc();

    /// <summary>
    /// Counts replies to active measurements that were stored, and those that were dropped for them. Sets the memory of all.
    /// </summary>
    public void OnResultsStored(long stored, long dropped, long bytes)
    {
        _stored.Inc(stored);
        _dropped.Inc(dropped);
        _storedBytes.Set(bytes);
    }

    public void OnStreams(int change) => _streams.Inc(change);

    public void OnMissed() => _missed.Inc();

    public void OnHistoryError() => _historyErrors.Inc();

    /// <param name="probes">The probes of all agents.</param>
    public void OnSubmitted(long probes)
    {
        _probes.Inc(probes);
        _measurements.Inc();
    }

    /// <summary>Counts a failed attempt to produce a batch of probes.</summary>
    public void OnKafkaError() => _kafkaErrors.Inc();

    public void OnRegistered() => _registered.Inc();

    public void SetActiveAgents(int agents) => _active.Set(agents);

    /// <param name="path">The pattern of the route. A path that a client invents is no label.</param>
    public void OnRequest(string method, string path, int status) =>
        _requests.WithLabels(Methods.Contains(method) ? method : "other", path, $"{status}").Inc();

    /// <summary>Sets the expiry of the certificate in use.</summary>
    public void OnCertificate(DateTimeOffset notAfter) => _certificateExpiry.Set(notAfter.ToUnixTimeSeconds());
}
