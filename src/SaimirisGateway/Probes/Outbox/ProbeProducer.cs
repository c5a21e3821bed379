using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Hosting.Logging;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// Produces batches of probes. The producer is idempotent, and all replicas acknowledge. It reports the result of each attempt.
/// </summary>
internal sealed class ProbeProducer : IDisposable
{
    // The client reports every message about a second after its timeout. Only a client that is disposed before that reports nothing.
    private static readonly TimeSpan ReportSlack = TimeSpan.FromSeconds(10), LastReports = TimeSpan.FromSeconds(1);

    private readonly ProducerConfig _config;
    private readonly OutboxOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly LogSampler _lines;
    private readonly Lock _gate = new();
    private IProducer<string, byte[]> _producer;
    // The client that has reported a fatal error: it accepts no more messages. Its reports then repeat the first error's code.
    private volatile IClient? _failed;

    /// <exception cref="InvalidOperationException">librdkafka refuses the settings.</exception>
    public ProbeProducer(OutboxOptions options, KafkaOptions kafka, GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        Librdkafka.EnsureLoaded();
        _options = options;
        _metrics = metrics;
        _logger = logger;
        _time = time;
        _lines = new LogSampler(5, TimeSpan.FromMinutes(1), time);
        _config = ProducerSettings.Create(kafka with { MessageTimeout = options.MessageTimeout }, options.MaxMessageBytes);
        _config.StatisticsIntervalMs = 0;
        // The default would copy the batch into each report.
        _config.DeliveryReportFields = "status";
        _producer = Build();
    }

    public async Task<SendResult> SendAsync(Message<string, byte[]> message, CancellationToken cancel)
    {
        var producer = _producer;
        try
        {
            var report = await producer.ProduceAsync(_options.Topic, message, cancel)
                .WaitAsync(_options.MessageTimeout + ReportSlack, _time, cancel);
            // Without an offset the client only guesses that the message was written, because a later message of the partition was
            // acknowledged.
            if (report.Status == PersistenceStatus.Persisted && report.Offset.Value >= 0)
                return SendResult.Acknowledged;
            OnFailure("the acknowledgement is not certain");
            return SendResult.MaybeSent;
        }
        catch (ProduceException<string, byte[]> e)
        {
            OnFailure(e.Error.Reason);
            if (_failed == producer)
                Replace(producer);
            if (e.DeliveryResult.Status == PersistenceStatus.PossiblyPersisted)
                return SendResult.MaybeSent;
            return IsPermanent(e.Error.Code) ? SendResult.Refused : SendResult.NotSent;
        }
        catch (TimeoutException)
        {
            OnFailure("the client reports nothing");
            return SendResult.MaybeSent;
        }
    }

    public void Dispose() => _producer.Dispose();

    // The broker would refuse the same bytes again, or somebody has to grant the right first.
    private static bool IsPermanent(ErrorCode code) =>
        code is ErrorCode.MsgSizeTooLarge or ErrorCode.Local_InvalidArg or ErrorCode.RecordListTooLarge
        or ErrorCode.InvalidRecord or ErrorCode.PolicyViolation or ErrorCode.TopicAuthorizationFailed
        or ErrorCode.ClusterAuthorizationFailed;

    private void OnFailure(string reason)
    {
        _metrics.OnKafkaError();
        if (_lines.TryTakeLeftOut(out long count))
            _logger.BatchFailureLinesLeftOut(count);
        if (_lines.TryTake())
            _logger.BatchNotProduced(_options.Topic, reason);
    }

    // An idempotent client that has lost its place in a partition's sequence accepts no more messages.
    private void Replace(IProducer<string, byte[]> failed)
    {
        lock (_gate)
        {
            if (_producer != failed)
                return;
            _producer = Build();
        }
        failed.Flush(LastReports);
        failed.Dispose();
    }

    private IProducer<string, byte[]> Build() => new ProducerBuilder<string, byte[]>(_config)
        .SetLogHandler((_, line) => _logger.ProbeClient(line.Facility, line.Message))
        .SetErrorHandler(OnError)
        .Build();

    private void OnError(IClient client, Error error)
    {
        _logger.ProbeClient("error", error.Reason);
        if (error.IsFatal)
            _failed = client;
    }
}

/// <summary>The result of one attempt to produce a batch.</summary>
internal enum SendResult
{
    Acknowledged,

    /// <summary>The client did not send it. Another attempt may succeed.</summary>
    NotSent,

    /// <summary>It may or may not be in the topic.</summary>
    MaybeSent,

    /// <summary>It is not in the topic, and the broker will refuse every attempt.</summary>
    Refused,
}
