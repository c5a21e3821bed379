using Prometheus;

namespace Shared.Delivery.Spool;

/// <summary>
/// Publishes the metrics of the spool under the service's prefix. <c>PREFIX_records_spooled</c> counts its records by topic.
/// </summary>
public sealed class SpoolMetrics
{
    private readonly TimeProvider _time;
    private readonly Gauge _bytes, _batches, _age;
    private readonly Counter _appended, _readBack, _failures, _damaged;
    // Ticks of UTC; 0: the spool is empty.
    private long _oldest;

    /// <param name="prefix">The service's name, without the underscore.</param>
    /// <param name="registry">The service's own registry.</param>
    /// <param name="maxBytes"><c>--spool-max-bytes</c>.</param>
    /// <param name="time">The clock of the oldest batch's age.</param>
    public SpoolMetrics(string prefix, CollectorRegistry registry, long maxBytes, TimeProvider time)
    {
        _time = time;
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        _bytes = metrics.CreateGauge($"{prefix}_spool_bytes", "Bytes on disk in the spool, kept refused batches among them.");
        metrics.CreateGauge($"{prefix}_spool_max_bytes", "Most bytes that the spool may take (--spool-max-bytes).").Set(maxBytes);
        _batches = metrics.CreateGauge($"{prefix}_spool_batches", "Batches in the spool that are not acknowledged.");
        _age = metrics.CreateGauge(
            $"{prefix}_spool_age_seconds", "Age of the oldest batch in the spool that is not acknowledged; 0: there is none.");
        _appended = metrics.CreateCounter($"{prefix}_spool_appended_bytes_total", "Bytes of batches written to the spool.");
        _readBack = metrics.CreateCounter($"{prefix}_spool_read_bytes_total", "Bytes of batches read back from the spool.");
        _failures = metrics.CreateCounter($"{prefix}_spool_failures_total", "Operations on the spool's files that failed.");
        _damaged = metrics.CreateCounter(
            $"{prefix}_spool_damaged_bytes_total", "Bytes of the spool that were unreadable and are left out.");
        registry.AddBeforeCollectCallback(PublishAge);
    }

    internal void Set(long bytes, long batches, DateTimeOffset? oldest)
    {
        _bytes.Set(bytes);
        _batches.Set(batches);
        Volatile.Write(ref _oldest, oldest?.UtcTicks ?? 0);
    }

    internal void Appended(int bytes) => _appended.Inc(bytes);

    internal void ReadBack(int bytes) => _readBack.Inc(bytes);

    internal void Failed() => _failures.Inc();

    internal void Damaged(long bytes) => _damaged.Inc(bytes);

    private void PublishAge()
    {
        long oldest = Volatile.Read(ref _oldest);
        _age.Set(oldest == 0 ? 0 : Math.Max(0, TimeSpan.FromTicks(_time.GetUtcNow().UtcTicks - oldest).TotalSeconds));
    }
}
