using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Hosting.Logging;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>Produces batches of probes, idempotent and with all replicas' acknowledgement, and tells what became of each attempt.</summary>
internal sealed class ProbeProducer : IDisposable
{
    // The client reports every message within its timeout and a second or so; only one that is disposed of under way reports nothing.
    private static readonly TimeSpan ReportSlack = TimeSpan.FromSeconds(10), LastReports = TimeSpan.FromSeconds(1);

    private readonly ProducerConfig _config;
    private readonly OutboxOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly LogSampler _lines;
    private readonly Lock _gate = new();
    private IProducer<string, byte[]> _producer;
    // The client's own word for that it takes nothing more; what it then says of single batches is the first error's code.
    private volatile IClient? _ended;

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
        // Without it every report would bring a copy of the batch.
        _config.DeliveryReportFields = "status";
        _producer = Build();
    }

    public async Task<SendOutcome> SendAsync(Message<string, byte[]> message, CancellationToken cancel)
    {
        var producer = _producer;
        try
        {
            var report = await producer.ProduceAsync(_options.Topic, message, cancel).WaitAsync(_options.MessageTimeout + ReportSlack, _time, cancel);
            // An acknowledgement without an offset is a guess of the client's: a later message of the partition was acknowledged.
            if (report.Status == PersistenceStatus.Persisted && report.Offset.Value >= 0)
                return SendOutcome.Acknowledged;
            OnFailure("the acknowledgement is not certain");
            return SendOutcome.MaybeSent;
        }
        catch (ProduceException<string, byte[]> e)
        {
            OnFailure(e.Error.Reason);
            if (_ended == producer)
                Replace(producer);
            if (e.DeliveryResult.Status == PersistenceStatus.PossiblyPersisted)
                return SendOutcome.MaybeSent;
            return IsPermanent(e.Error.Code) ? SendOutcome.Refused : SendOutcome.NotSent;
        }
        catch (TimeoutException)
        {
            OnFailure("the client reports nothing");
            return SendOutcome.MaybeSent;
        }
    }

    public void Dispose() => _producer.Dispose();

    // The same octets meet the same refusal, or somebody has to grant the right first.
    private static bool IsPermanent(ErrorCode code) => code is ErrorCode.MsgSizeTooLarge or ErrorCode.Local_InvalidArg or ErrorCode.RecordListTooLarge
        or ErrorCode.InvalidRecord or ErrorCode.PolicyViolation or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed;

    private void OnFailure(string reason)
    {
        _metrics.OnKafkaError();
        if (_lines.TryTakeLeftOut(out long count))
            _logger.BatchFailureLinesLeftOut(count);
        if (_lines.TryTake())
            _logger.BatchNotProduced(_options.Topic, reason);
    }

    // An idempotent client that has lost its place in a partition's sequence takes nothing more.
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
            _ended = client;
    }
}
