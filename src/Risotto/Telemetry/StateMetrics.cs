using Prometheus;

namespace Risotto.Telemetry;

/// <summary>The metrics of the state file.</summary>
internal sealed class StateMetrics
{
    private static readonly double[] Quantiles = [0.5, 0.9, 0.95, 0.99, 0.999];

    private readonly Counter _written, _failed;
    private readonly Summary _duration;
    private readonly Histogram _held;
    private readonly Gauge _fileBytes;

    public StateMetrics(CollectorRegistry registry)
    {
        var metrics = Metrics.WithCustomRegistry(registry);
        _written = metrics.CreateCounter("risotto_state_dump_total", "State files written.");
        _failed = metrics.CreateCounter("risotto_state_dump_failures_total",
            "Times that the state file or its journal could not be written.");
        _duration = metrics.CreateSummary("risotto_state_dump_duration_seconds",
            "From the beginning of a state file until it replaced the old one.",
            new SummaryConfiguration
            {
                Objectives = [.. Quantiles.Select(quantile => new QuantileEpsilonPair(quantile, 0.001))],
            });
        _held = metrics.CreateHistogram("risotto_state_dump_hold_seconds",
            "Time that the sessions of a shard wait at once for the state file.",
            new HistogramConfiguration { Buckets = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1] });
        _fileBytes = metrics.CreateGauge("risotto_state_file_bytes", "Size of the last state file.");
    }

    public long FileBytes
    {
        set => _fileBytes.Set(value);
    }

    public void Written(TimeSpan duration)
    {
        _written.Inc();
        _duration.Observe(duration.TotalSeconds);
    }

    public void Failed() => _failed.Inc();

    /// <summary>The sessions of a shard waited for so long.</summary>
    public void Held(TimeSpan time) => _held.Observe(time.TotalSeconds);
}
