using System.Globalization;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Shared.Kafka;

/// <summary>Confluent.Kafka's producer and its callbacks. Send, Replace and Dispose are the sink's task's alone.</summary>
internal sealed class KafkaClient : IDisposable
{
    /// <summary>The client infers that the batch arrived; only an offset would prove it.</summary>
    public static readonly Error NotProven = new(ErrorCode.Local_State, "acknowledged without an offset");

    private readonly ProducerConfig _config;
    private readonly KafkaConnection _connection;
    private readonly ILogger _logger;
    private readonly Action<SinkEvent> _report;
    private string? _fatal;
    private IProducer<string, byte[]> _producer;

    public KafkaClient(ProducerConfig config, KafkaConnection connection, ILogger logger, Action<SinkEvent> report)
    {
        Librdkafka.EnsureLoaded();
        _config = config;
        _connection = connection;
        _logger = logger;
        _report = report;
        _producer = Build();
    }

    /// <summary>Why the client takes nothing more; null while it works.</summary>
    public string? Fatal => Volatile.Read(ref _fatal);

    /// <summary>The producer's handle, for tests that provoke its errors.</summary>
    internal Handle Handle => _producer.Handle;

    /// <summary>Hands the batch over and returns at once. Null: taken, a report follows.</summary>
    public Error? Send(OutgoingBatch outgoing)
    {
        int attempt = ++outgoing.Attempt;
        var message = new Message<string, byte[]>
        {
            Key = outgoing.Batch.Shard.ToString(CultureInfo.InvariantCulture),
            Value = outgoing.Batch.Value.ToArray(),
        };
        try
        {
            _producer.Produce(outgoing.Batch.Topic, message, report => _report(new SinkEvent(SinkEventKind.Reported, outgoing, attempt, OutcomeOf(report))));
            return null;
        }
        catch (ProduceException<string, byte[]> e)
        {
            return e.Error;
        }
    }

    /// <summary>Starts a new client in the place of one that met a fatal error. No report of the old one follows.</summary>
    public void Replace()
    {
        _producer.Dispose();
        Volatile.Write(ref _fatal, null);
        _producer = Build();
    }

    public void Dispose() => _producer.Dispose();

    /// <summary>
    /// librdkafka takes a failed request for delivered as soon as a later one of the partition succeeds. Kafka, however, lets a
    /// producer that is new to a partition begin with any sequence number, so the earlier batch may be missing: seen with topics
    /// made on first use, and confluent-kafka-go issue 921. Such a report, and that of a duplicate, bears no offset.
    /// </summary>
    private static Error OutcomeOf(DeliveryReport<string, byte[]> report) =>
        !report.Error.IsError && report.Offset == Offset.Unset ? NotProven : report.Error;

    private IProducer<string, byte[]> Build()
    {
        try
        {
            return new ProducerBuilder<string, byte[]>(_config)
                .SetErrorHandler((_, error) => OnError(error))
                .SetStatisticsHandler((_, json) => _connection.OnStatistics(json))
                .SetLogHandler((_, line) => KafkaLog.Client(_logger, line.Facility, line.Message))
                .Build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new InvalidOperationException($"the Kafka client refuses its settings: {e.Message}", e);
        }
    }

    private void OnError(Error error)
    {
        if (error.IsFatal)
        {
            Volatile.Write(ref _fatal, error.Reason);
            _report(SinkEvent.Wake);
        }
        else
        {
            _connection.OnError(error);
        }
    }
}
