using System.Globalization;
using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Shared.Batch;
using Shared.Metrics;

namespace Shared.Kafka;

/// <summary>
/// Hands batches to Kafka: idempotent, acks=all, the shard's number as the key. A batch is released when it is acknowledged.
/// One that fails is sent again, in the order of its shard, until it gets through; only what the broker refuses for its
/// content, and what is left when the time to drain is over, is dropped, logged and counted.
/// </summary>
/// <remarks>
/// One task owns all state here; submissions and the client's reports reach it through one queue, which the shards' memory
/// bounds.
/// </remarks>
public sealed class KafkaSink : IBatchSink
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QueueFullPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReplacePause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongUnacknowledged = TimeSpan.FromSeconds(15);

    private readonly KafkaMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _drainTimeout;
    private readonly KafkaClient _client;
    private readonly KafkaConnection _connection;
    private readonly FailureLog _failures;
    private readonly IDisposable? _owned;
    private readonly Channel<SinkEvent> _events = Channel.CreateUnbounded<SinkEvent>(new() { SingleReader = true });
    private readonly Dictionary<(string Topic, int Shard), ShardLane> _lanes = [];
    private readonly LinkedList<OutgoingBatch> _outstanding = [];
    private readonly ITimer _wake;
    private readonly Task _run;
    private long _number;
    private long _oldestSubmittedAt;
    private long _drainEndsAt = long.MaxValue;
    private long _replaceNotBefore;
    private string? _refusal;
    private int _disposed;

    /// <summary>Begins to connect; returns without waiting for a broker.</summary>
    /// <param name="options">Valid ones.</param>
    /// <param name="maxBatchBytes">The largest value that will be submitted.</param>
    /// <param name="metrics">The service's.</param>
    /// <param name="logger">For changes of state and for losses.</param>
    /// <param name="time">Measures delivery and pauses.</param>
    /// <param name="owned">Disposed of after the sink: the embedded broker.</param>
    /// <exception cref="InvalidOperationException">The client refuses the settings (an unreadable certificate file, say).</exception>
    public KafkaSink(KafkaOptions options, int maxBatchBytes, KafkaMetrics metrics, ILogger logger, TimeProvider time, IDisposable? owned = null)
        : this(options, ProducerSettings.Of(options, maxBatchBytes), metrics, logger, time, owned)
    {
    }

    internal KafkaSink(KafkaOptions options, ProducerConfig config, KafkaMetrics metrics, ILogger logger, TimeProvider time, IDisposable? owned = null)
    {
        _metrics = metrics;
        _logger = logger;
        _time = time;
        _owned = owned;
        _drainTimeout = options.DrainTimeout;
        _failures = new FailureLog(logger, time);
        _connection = new KafkaConnection(string.Join(',', options.Brokers), metrics, logger);
        _client = new KafkaClient(config, options.CopyPayloads, _connection, logger, e => _events.Writer.TryWrite(e));
        _wake = time.CreateTimer(_ => _events.Writer.TryWrite(SinkEvent.Wake), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _run = Task.Run(RunAsync);
    }

    /// <summary>Whether a broker answers; false before the first contact.</summary>
    public bool IsConnected => _connection.IsConnected;

    public string? NotReady
    {
        get
        {
            if (_run.IsFaulted)
                return $"Kafka: the sink has failed ({_run.Exception.InnerException?.Message})";
            if (_connection.NotReady is { } reason)
                return reason;
            if (Volatile.Read(ref _refusal) is { } refusal)
                return $"Kafka: batches are refused ({refusal})";
            long oldest = Volatile.Read(ref _oldestSubmittedAt);
            var age = oldest == 0 ? TimeSpan.Zero : _time.GetElapsedTime(oldest);
            return age < LongUnacknowledged ? null : string.Create(CultureInfo.InvariantCulture, $"Kafka: a batch has waited {age.TotalSeconds:F0} s for its acknowledgement");
        }
    }

    /// <summary>The client itself, for tests that provoke its errors.</summary>
    internal KafkaClient Client => _client;

    public void Submit(RecordBatch batch)
    {
        _metrics.Submitted();
        var outgoing = new OutgoingBatch(batch, Interlocked.Increment(ref _number), _time.GetTimestamp());
        if (!_events.Writer.TryWrite(new SinkEvent(SinkEventKind.Submitted, outgoing)))
            GiveUp(outgoing, "shutdown");
    }

    /// <summary>Waits until everything is acknowledged, for <see cref="KafkaOptions.DrainTimeout"/> at most; gives up the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _events.Writer.TryWrite(SinkEvent.End);
        await _run;
    }

    private async Task RunAsync()
    {
        while (_drainEndsAt == long.MaxValue || (_outstanding.Count > 0 && _time.GetTimestamp() < _drainEndsAt))
        {
            await _events.Reader.WaitToReadAsync();
            HandleAll();
            long wakeAt = _client.Fatal is { } fatal ? ReplaceClient(fatal) : SendWaiting();
            Volatile.Write(ref _oldestSubmittedAt, _outstanding.First?.Value.SubmittedAt ?? 0);
            WakeAt(Math.Min(wakeAt, _drainEndsAt));
        }
        _events.Writer.Complete();
        await _wake.DisposeAsync();
        // The client ends before the batches go back: what it still reports is heard, and nothing comes after that.
        _client.Dispose();
        HandleAll();
        GiveUpOutstanding();
        _owned?.Dispose();
    }

    private void HandleAll()
    {
        while (_events.Reader.TryRead(out var next))
            Handle(next);
    }

    private void Handle(SinkEvent e)
    {
        switch (e.Kind)
        {
            case SinkEventKind.Submitted:
                _outstanding.AddLast(e.Batch!.Place);
                LaneOf(e.Batch).Add(e.Batch);
                break;
            case SinkEventKind.Reported when e.Batch!.UnderWay && e.Batch.Attempt == e.Attempt:
                if (e.Error!.IsError)
                    Fail(e.Batch, e.Error);
                else
                    Deliver(e.Batch);
                break;
            case SinkEventKind.End:
                _drainEndsAt = After(_drainTimeout);
                break;
            default:
                break;
        }
    }

    /// <summary>Sends what may leave; returns when to look again without being told to.</summary>
    private long SendWaiting()
    {
        long now = _time.GetTimestamp();
        long wakeAt = long.MaxValue;
        foreach (var lane in _lanes.Values)
        {
            while (lane.Next(now) is { } batch)
            {
                var error = _client.Send(batch);
                if (error is null)
                {
                    lane.Sent();
                }
                else if (error.Code == ErrorCode.Local_QueueFull)
                {
                    // Room is made a moment after the report that announces it, so the report alone is no signal to try again.
                    _metrics.QueueFull();
                    return After(QueueFullPause);
                }
                else
                {
                    Fail(batch, error);
                }
            }
            wakeAt = Math.Min(wakeAt, lane.ResumesAt);
        }
        return wakeAt;
    }

    private void Deliver(OutgoingBatch outgoing)
    {
        var batch = outgoing.Batch;
        LaneOf(outgoing).Done(outgoing);
        _outstanding.Remove(outgoing.Place);
        _connection.OnAnswer();
        Volatile.Write(ref _refusal, null);
        _metrics.Delivered(batch.Records, batch.Length, _time.GetElapsedTime(outgoing.SubmittedAt));
        batch.Release();
    }

    private void Fail(OutgoingBatch outgoing, Error error)
    {
        _metrics.Failed(error == KafkaClient.NotProven ? "NotProven" : error.Code.ToString());
        var lane = LaneOf(outgoing);
        if (IsAboutTheContent(error.Code))
        {
            lane.Drop(outgoing);
            _outstanding.Remove(outgoing.Place);
            _failures.Dropped(error, outgoing.Batch);
            GiveUp(outgoing, error.Code.ToString());
            return;
        }
        if (error.Code is not (ErrorCode.Local_MsgTimedOut or ErrorCode.Local_State))
            Volatile.Write(ref _refusal, error.Reason);
        _failures.Retried(error, outgoing.Batch);
        lane.Failed(outgoing, After(RetryPause));
    }

    /// <summary>
    /// After a fatal error (rdkafka.h, rd_kafka_fatal_error) an idempotent client takes nothing more; a new one does.
    /// Returns when to look again: where the cause lasts (a missing right, say), the new one meets it too.
    /// </summary>
    private long ReplaceClient(string reason)
    {
        Volatile.Write(ref _refusal, reason);
        if (_time.GetTimestamp() < _replaceNotBefore)
            return _replaceNotBefore;
        _replaceNotBefore = After(ReplacePause);
        _client.Replace();
        HandleAll();
        _failures.ClientReplaced(reason, _outstanding.Count);
        foreach (var outgoing in _outstanding)
        {
            if (outgoing.UnderWay)
                LaneOf(outgoing).Failed(outgoing, _time.GetTimestamp());
        }
        return SendWaiting();
    }

    private void GiveUpOutstanding()
    {
        if (_outstanding.Count == 0)
            return;
        KafkaLog.DrainGivenUp(_logger, _outstanding.Count, _outstanding.Sum(o => (long)o.Batch.Records), _drainTimeout.TotalSeconds);
        foreach (var outgoing in _outstanding)
        {
            _metrics.Failed("shutdown");
            GiveUp(outgoing, "shutdown");
        }
        _outstanding.Clear();
    }

    private void GiveUp(OutgoingBatch outgoing, string reason)
    {
        _metrics.Dropped(reason, outgoing.Batch.Records);
        outgoing.Batch.Release();
    }

    private ShardLane LaneOf(OutgoingBatch outgoing)
    {
        var key = (outgoing.Batch.Topic, outgoing.Batch.Shard);
        if (!_lanes.TryGetValue(key, out var lane))
            _lanes.Add(key, lane = new ShardLane());
        return lane;
    }

    private long After(TimeSpan pause) => _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency);

    private void WakeAt(long timestamp)
    {
        if (timestamp != long.MaxValue)
            _wake.Change(TimeSpan.FromMilliseconds(1 + Math.Max(0, _time.GetElapsedTime(_time.GetTimestamp(), timestamp).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Errors that the same bytes would meet again, whatever is mended elsewhere.</summary>
    private static bool IsAboutTheContent(ErrorCode code) =>
        code is ErrorCode.MsgSizeTooLarge or ErrorCode.Local_InvalidArg or ErrorCode.RecordListTooLarge or ErrorCode.InvalidRecord;
}
