using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Sends batches through librdkafka and reports the outcome of each to the sink. Only the sink's task calls Send, Replace and Dispose.
/// </summary>
/// <remarks>
/// <para>
/// librdkafka reads a batch in its <see cref="Shared.Records.Batch.RecordBatch.Buffer"/>: when it builds a request (compression,
/// checksum) and, without compression, again when it writes that request to the socket. Its contract (rdkafka.h,
/// rd_kafka_produce without F_COPY and F_FREE) is that the memory must not change before the message's report. So the memory may be
/// used again when the report has come, or when <see cref="Replace"/> or <see cref="Dispose"/> has returned, and not before.
/// </para>
/// <para>
/// The report is late enough in error cases too. We read that in librdkafka's sources (2.15.1, rdkafka_broker.c,
/// rdkafka_request.c): a message is reported out of its request or out of its partition's queue, never from both; a request
/// leaves every queue before its messages are reported; one thread, the broker's, does all of that and every write. When a
/// half written request times out, that thread closes the connection before it writes anything else
/// (rd_kafka_broker_timeout_scan); when a partition moves, a half written request stays and nothing is reported
/// (rd_kafka_broker_bufq_purge_by_toppar). The written bytes are copies of the kernel or the TLS library. A retry goes back to the
/// partition's queue unreported and is built again from the same memory. rd_kafka_destroy waits for these threads.
/// </para>
/// </remarks>
internal sealed class KafkaClient : IDisposable
{
    /// <summary>The client infers that the batch arrived; only an offset would prove it.</summary>
    public static readonly Error NotProven = new(ErrorCode.Local_State, "acknowledged without an offset");

    private readonly ProducerConfig _config;
    private readonly KafkaConnection _connection;
    private readonly ILogger _logger;
    private readonly Action<DeliveryEvent> _report;
    // The batches by ticket. This also keeps their memory from being collected while librdkafka reads it.
    private readonly ConcurrentDictionary<nint, (ProducerBatch Batch, int Attempt)> _sent = [];
    private nint _lastTicket;
    private string? _fatal;
    private NativeProducer _producer;

    /// <exception cref="InvalidOperationException">librdkafka refuses the settings; the message is one line that names one.</exception>
    public KafkaClient(ProducerConfig config, KafkaConnection connection, ILogger logger, Action<DeliveryEvent> report)
    {
        Librdkafka.EnsureLoaded();
        _config = config;
        _connection = connection;
        _logger = logger;
        _report = report;
        _producer = Start();
    }

    /// <summary>The reason why the client takes nothing more; null while it works.</summary>
    public string? Fatal => Volatile.Read(ref _fatal);

    /// <summary>The producer's handle, for tests that provoke its errors.</summary>
    internal nint Handle => _producer.Handle;

    /// <summary>
    /// Hands the batch to librdkafka and returns at once. Null: librdkafka took it, and its memory belongs to the client until the report.
    /// </summary>
    public Error? Send(ProducerBatch batch)
    {
        var content = batch.Content;
        Span<byte> key = stackalloc byte[11];
        content.Shard.TryFormat(key, out int keyLength, provider: CultureInfo.InvariantCulture);
        nint ticket = ++_lastTicket;
        _sent[ticket] = (batch, ++batch.Attempt);
        var error = _producer.Produce(content.Topic, key[..keyLength], content.Buffer, content.Length, ticket);
        if (error is not null)
            _sent.TryRemove(ticket, out _);
        return error;
    }

    /// <summary>Starts a new client after a fatal error. The old one reports nothing more.</summary>
    public void Replace()
    {
        Dispose();
        Volatile.Write(ref _fatal, null);
        _producer = Start();
    }

    /// <summary>Reports what librdkafka knows by now and ends. The memory of all batches is free after that.</summary>
    public void Dispose()
    {
        _producer.Dispose();
        _sent.Clear();
    }

    private NativeProducer Start() =>
        new(_config, OnReport, OnError, _connection.OnStatistics, (facility, text) => KafkaLog.Client(_logger, facility, text));

    /// <summary>
    /// librdkafka takes a failed request for delivered as soon as a later one of the partition succeeds. But Kafka lets a producer that
    /// is new to a partition begin with any sequence number, so the earlier batch may be missing: we saw it with topics made on first
    /// use, and confluent-kafka-go issue 921 describes it. Such a report has no offset, and neither has the report of a duplicate.
    /// </summary>
    private void OnReport(nint ticket, Error error, long offset)
    {
        if (!_sent.TryRemove(ticket, out var sent))
            return;
        var outcome = !error.IsError && offset == ReportedMessage.NoOffset ? NotProven : error;
        _report(new DeliveryEvent(DeliveryEventKind.Reported, sent.Batch, sent.Attempt, outcome));
    }

    private void OnError(Error error)
    {
        if (error.IsFatal)
        {
            Volatile.Write(ref _fatal, error.Reason);
            _report(DeliveryEvent.Wake);
        }
        else
        {
            _connection.OnError(error);
        }
    }
}
