using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Shared.Delivery.Kafka;

/// <summary>Hands batches to librdkafka and tells the sink what became of each. Send, Replace and Dispose are the sink's task's alone.</summary>
/// <remarks>
/// <para>
/// librdkafka reads a batch where it lies, in <see cref="Shared.Records.Batch.RecordBatch.Buffer"/>: when a request is built (compression,
/// checksum) and, where it is not compressed, again while that request is written to the socket. Its contract (rdkafka.h,
/// rd_kafka_produce without F_COPY and F_FREE) is that the memory must not change before the message's report. So it may be used
/// again when the report has come, or when <see cref="Replace"/> or <see cref="Dispose"/> has returned, and not before.
/// </para>
/// <para>
/// That the report is late enough also where things go wrong was read in librdkafka's sources (2.15.1, rdkafka_broker.c,
/// rdkafka_request.c): a message is reported out of its request or out of its partition's queue, never from both; a request
/// leaves every queue before its messages are reported; all of that, and every write, is done by one thread, the broker's. A
/// request that times out half written takes its connection down on that thread before anything else is written
/// (rd_kafka_broker_timeout_scan); where a partition moves, a half written request stays and nothing is reported
/// (rd_kafka_broker_bufq_purge_by_toppar). What was written is the kernel's or the TLS library's copy. A retry goes back into the
/// partition's queue unreported and is built anew from the same memory. rd_kafka_destroy waits for these threads.
/// </para>
/// </remarks>
internal sealed class KafkaClient : IProducerEvents, IDisposable
{
    /// <summary>The client infers that the batch arrived; only an offset would prove it.</summary>
    public static readonly Error NotProven = new(ErrorCode.Local_State, "acknowledged without an offset");

    private readonly ProducerConfig _config;
    private readonly bool _copyPayloads;
    private readonly KafkaConnection _connection;
    private readonly ILogger _logger;
    private readonly Action<SinkEvent> _report;
    // By ticket. Also what keeps the batches' memory from being collected while librdkafka reads it.
    private readonly ConcurrentDictionary<nint, (OutgoingBatch Batch, int Attempt)> _underWay = [];
    private nint _lastTicket;
    private string? _fatal;
    private NativeProducer _producer;

    /// <exception cref="InvalidOperationException">librdkafka refuses the settings; the message is one line that names one.</exception>
    public KafkaClient(ProducerConfig config, bool copyPayloads, KafkaConnection connection, ILogger logger, Action<SinkEvent> report)
    {
        Librdkafka.EnsureLoaded();
        _config = config;
        _copyPayloads = copyPayloads;
        _connection = connection;
        _logger = logger;
        _report = report;
        _producer = new NativeProducer(config, copyPayloads, this);
    }

    /// <summary>Why the client takes nothing more; null while it works.</summary>
    public string? Fatal => Volatile.Read(ref _fatal);

    /// <summary>The producer's handle, for tests that provoke its errors.</summary>
    internal nint Handle => _producer.Handle;

    /// <summary>Hands the batch over and returns at once. Null: taken, and its memory is the client's until the report.</summary>
    public Error? Send(OutgoingBatch outgoing)
    {
        var batch = outgoing.Batch;
        Span<byte> key = stackalloc byte[11];
        batch.Shard.TryFormat(key, out int keyLength, provider: CultureInfo.InvariantCulture);
        nint ticket = ++_lastTicket;
        _underWay[ticket] = (outgoing, ++outgoing.Attempt);
        var error = _producer.Produce(batch.Topic, key[..keyLength], batch.Buffer, batch.Length, ticket);
        if (error is not null)
            _underWay.TryRemove(ticket, out _);
        return error;
    }

    /// <summary>Starts a new client in the place of one that met a fatal error. No report of the old one follows.</summary>
    public void Replace()
    {
        Dispose();
        Volatile.Write(ref _fatal, null);
        _producer = new NativeProducer(_config, _copyPayloads, this);
    }

    /// <summary>Reports what is known by now and ends; the memory of all batches is free after that.</summary>
    public void Dispose()
    {
        _producer.Dispose();
        _underWay.Clear();
    }

    /// <summary>
    /// librdkafka takes a failed request for delivered as soon as a later one of the partition succeeds. Kafka, however, lets a
    /// producer that is new to a partition begin with any sequence number, so the earlier batch may be missing: seen with topics
    /// made on first use, and confluent-kafka-go issue 921. Such a report, and that of a duplicate, bears no offset.
    /// </summary>
    void IProducerEvents.OnReport(nint ticket, Error error, long offset)
    {
        if (!_underWay.TryRemove(ticket, out var sent))
            return;
        var outcome = !error.IsError && offset == ReportedMessage.NoOffset ? NotProven : error;
        _report(new SinkEvent(SinkEventKind.Reported, sent.Batch, sent.Attempt, outcome));
    }

    void IProducerEvents.OnError(Error error)
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

    void IProducerEvents.OnStatistics(string json) => _connection.OnStatistics(json);

    void IProducerEvents.OnLog(string facility, string text) => KafkaLog.Client(_logger, facility, text);
}
