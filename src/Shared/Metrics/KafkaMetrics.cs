using Prometheus;

namespace Shared.Metrics;

/// <summary>The producer's counters, under the service's prefix. <c>PREFIX_kafka_messages_total{status}</c> is the old services' own.</summary>
public sealed class KafkaMetrics
{
    private readonly Counter.Child _success;
    private readonly Counter.Child _failure;
    private readonly Counter _failures;
    private readonly Counter _dropped;
    private readonly Counter _bytes;
    private readonly Counter _records;
    private readonly Counter _queueFull;
    private readonly Gauge _inFlight;
    private readonly Gauge _connected;
    private readonly Histogram _latency;

    /// <param name="prefix">The service's name, without the underscore.</param>
    /// <param name="registry">The service's own registry, so that several services can share a process.</param>
    public KafkaMetrics(string prefix, CollectorRegistry registry)
    {
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        var messages = metrics.CreateCounter($"{prefix}_kafka_messages_total", "Kafka messages (batches of records) by outcome of the delivery; a failed one may be sent again.", "status");
        _success = messages.WithLabels("success");
        _failure = messages.WithLabels("failure");
        _failures = metrics.CreateCounter($"{prefix}_kafka_failures_total", "Failed deliveries of Kafka messages by librdkafka's error code.", "reason");
        _dropped = metrics.CreateCounter($"{prefix}_kafka_dropped_records_total", "Records in Kafka messages that were given up, by reason.", "reason");
        _bytes = metrics.CreateCounter($"{prefix}_kafka_bytes_total", "Bytes of acknowledged Kafka values, before compression.");
        _records = metrics.CreateCounter($"{prefix}_kafka_records_total", "Records in acknowledged Kafka messages.");
        _queueFull = metrics.CreateCounter($"{prefix}_kafka_queue_full_total", "Times that the client's queue was full and a batch waited for room.");
        _inFlight = metrics.CreateGauge($"{prefix}_kafka_in_flight_batches", "Batches handed over and not yet acknowledged or given up.");
        _connected = metrics.CreateGauge($"{prefix}_kafka_connected", "1 while a broker answers.");
        _latency = metrics.CreateHistogram($"{prefix}_kafka_delivery_seconds", "Time from a batch's closing to its acknowledgement.",
            new HistogramConfiguration { Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });
    }

    internal void Submitted() => _inFlight.Inc();

    internal void Delivered(int records, int bytes, TimeSpan latency)
    {
        _success.Inc();
        _records.Inc(records);
        _bytes.Inc(bytes);
        _latency.Observe(latency.TotalSeconds);
        _inFlight.Dec();
    }

    /// <summary>One attempt failed; the batch is still in flight.</summary>
    internal void Failed(string reason)
    {
        _failure.Inc();
        _failures.WithLabels(reason).Inc();
    }

    /// <summary>A batch is given up.</summary>
    internal void Dropped(string reason, int records)
    {
        _dropped.WithLabels(reason).Inc(records);
        _inFlight.Dec();
    }

    internal void QueueFull() => _queueFull.Inc();

    internal void SetConnected(bool connected) => _connected.Set(connected ? 1 : 0);
}
