using Prometheus;

namespace Shared.Delivery.Kafka;

/// <summary>Publishes the metrics of the producer under the service's prefix.</summary>
public sealed class KafkaMetrics
{
    private readonly Counter.Child _success;
    private readonly Counter.Child _failure;
    private readonly Counter _failures;
    private readonly Counter _bytes;
    private readonly Counter _records;
    private readonly Counter _queueFull;
    private readonly Gauge _inFlight;
    private readonly Gauge _connected;
    private readonly Gauge _lag;
    private readonly Counter _retries;
    private readonly Histogram _latency;
    private Func<TimeSpan> _oldestAge = () => TimeSpan.Zero;
    private Func<long> _acknowledged = () => 0;

    /// <param name="prefix">The service's name, without the underscore.</param>
    /// <param name="registry">The service's own registry, so that several services can share a process.</param>
    public KafkaMetrics(string prefix, CollectorRegistry registry)
    {
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        var messages = metrics.CreateCounter(
            $"{prefix}_kafka_messages_total",
            "Kafka messages (batches of records) by outcome of the delivery; a failed one may be sent again.", "status");
        _success = messages.WithLabels("success");
        _failure = messages.WithLabels("failure");
        _failures = metrics.CreateCounter(
            $"{prefix}_kafka_failures_total",
            "Failed deliveries of Kafka messages by librdkafka's error code; kind passing: sent again; kind permanent: refused.",
            "reason", "kind");
        _bytes = metrics.CreateCounter($"{prefix}_kafka_bytes_total", "Bytes of acknowledged Kafka values, before compression.");
        _records = metrics.CreateCounter($"{prefix}_kafka_records_total", "Records in acknowledged Kafka messages.");
        _queueFull = metrics.CreateCounter(
            $"{prefix}_kafka_queue_full_total",
            "Times that the client's queue was full and a batch waited for room.");
        _inFlight = metrics.CreateGauge(
            $"{prefix}_kafka_in_flight_batches",
            "Closed batches in memory: not acknowledged, or acknowledged and still being written to the spool.");
        _lag = metrics.CreateGauge(
            $"{prefix}_kafka_lag_seconds",
            "Age of the oldest batch in memory that is not acknowledged; 0: there is none. Those on disk have an age of their own.");
        _retries = metrics.CreateCounter($"{prefix}_kafka_retries_total", "Requests and batches that were sent again.");
        registry.AddBeforeCollectCallback(Publish);
        _connected = metrics.CreateGauge($"{prefix}_kafka_connected", "1 while a broker answers.");
        _latency = metrics.CreateHistogram($"{prefix}_kafka_delivery_seconds", "Time from a batch's closing to its acknowledgement.",
            new HistogramConfiguration { Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });
    }

    internal void Submitted() => _inFlight.Inc();

    internal void Delivered(int bytes, TimeSpan latency)
    {
        _success.Inc();
        _bytes.Inc(bytes);
        _latency.Observe(latency.TotalSeconds);
    }

    /// <summary>An attempt failed. After a passing failure another follows.</summary>
    internal void Failed(string reason, bool isPassing)
    {
        _failure.Inc();
        _failures.WithLabels(reason, isPassing ? "passing" : "permanent").Inc();
        if (isPassing)
            _retries.Inc();
    }

    /// <summary>Counts requests that librdkafka sent again without the sink.</summary>
    internal void Retried(long requests) => _retries.Inc(requests);

    /// <summary>A batch has left the memory.</summary>
    internal void Ended() => _inFlight.Dec();

    /// <summary>Lets each scrape ask for the age of the oldest unacknowledged batch and for the number of acknowledged records.</summary>
    internal void Watch(Func<TimeSpan> oldestAge, Func<long> acknowledged) => (_oldestAge, _acknowledged) = (oldestAge, acknowledged);

    internal void QueueFull() => _queueFull.Inc();

    internal void SetConnected(bool connected) => _connected.Set(connected ? 1 : 0);

    private void Publish()
    {
        _lag.Set(_oldestAge().TotalSeconds);
        _records.IncTo(_acknowledged());
    }
}
