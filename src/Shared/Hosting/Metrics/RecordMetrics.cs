using Prometheus;
using Shared.Records.Batch;

namespace Shared.Hosting.Metrics;

/// <summary>
/// Publishes how many records are in which state, by topic: decoded + synthetic + recovered = suppressed + acked + in_flight +
/// spooled + rejected + dropped + unaccounted (see <see cref="ShardAccount"/>). All numbers of a scrape are taken together, so the
/// equation holds exactly in each.
/// </summary>
public sealed class RecordMetrics
{
    private readonly RecordAccounts _accounts;
    private readonly Lock _gate = new();
    private readonly Counter _decoded, _synthetic, _recovered, _suppressed, _acked, _rejected, _dropped;
    private readonly Gauge _inFlight, _spooled, _unaccounted;

    /// <param name="prefix">The service's name, without the underscore.</param>
    /// <param name="registry">The service's own registry, so that several services can share a process.</param>
    /// <param name="accounts">The service's accounts.</param>
    public RecordMetrics(string prefix, CollectorRegistry registry, RecordAccounts accounts)
    {
        _accounts = accounts;
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        _decoded = metrics.CreateCounter($"{prefix}_records_decoded_total",
            "Records found in the input. decoded + synthetic + recovered = suppressed + acked + in_flight + spooled + rejected + dropped"
            + " + unaccounted.", "topic");
        _synthetic = metrics.CreateCounter($"{prefix}_records_synthetic_total", "Records that the service made up itself.", "topic");
        _recovered = metrics.CreateCounter($"{prefix}_records_recovered_total",
            "Records of an earlier process that were found in the spool at the start.", "topic");
        _suppressed = metrics.CreateCounter($"{prefix}_records_suppressed_total",
            "Records left out because they say nothing new.", "topic");
        _acked = metrics.CreateCounter($"{prefix}_records_acked_total",
            "Records acknowledged by the broker, or written to a file of --output-dir.", "topic");
        _rejected = metrics.CreateCounter($"{prefix}_records_rejected_total",
            "Records that the broker refuses permanently, by reason; they are kept on disk.", "topic", "reason");
        _dropped = metrics.CreateCounter($"{prefix}_records_dropped_total", "Records that are lost, by reason.", "topic", "reason");
        _inFlight = metrics.CreateGauge($"{prefix}_records_in_flight",
            "Records in memory only: in an open batch, or in one that is not acknowledged.", "topic");
        _spooled = metrics.CreateGauge($"{prefix}_records_spooled", "Records in the spool on disk that are not acknowledged.", "topic");
        _unaccounted = metrics.CreateGauge($"{prefix}_records_unaccounted",
            "Records that came in and are in no place above; not 0 only while a message waits with a part of its records for room in a"
            + " batch.", "topic");
        registry.AddBeforeCollectCallback(Publish);
    }

    private void Publish()
    {
        // When two scrapes come at the same time, the one with the later balance publishes last.
        lock (_gate)
        {
            foreach (var (topic, balance) in _accounts.Balances())
                Publish(topic, balance);
        }
    }

    private void Publish(string topic, RecordBalance balance)
    {
        _decoded.WithLabels(topic).IncTo(balance.Decoded);
        _synthetic.WithLabels(topic).IncTo(balance.Synthetic);
        _recovered.WithLabels(topic).IncTo(balance.Recovered);
        _suppressed.WithLabels(topic).IncTo(balance.Suppressed);
        _acked.WithLabels(topic).IncTo(balance.Acked);
        foreach (var (reason, records) in balance.Rejected)
            _rejected.WithLabels(topic, reason).IncTo(records);
        foreach (var (reason, records) in balance.Dropped)
            _dropped.WithLabels(topic, reason).IncTo(records);
        _inFlight.WithLabels(topic).Set(balance.InFlight);
        _spooled.WithLabels(topic).Set(balance.Spooled);
        _unaccounted.WithLabels(topic).Set(balance.Unaccounted);
    }
}
