using System.Globalization;
using System.Threading.Channels;
using Confluent.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Sends batches to Kafka: idempotent, acks=all, the shard's number as the key. The sink releases a batch when it is acknowledged or
/// on disk: with a spool, batches that the broker does not take within a second go to disk and come back in order. A batch that
/// fails is sent again, in the order of its shard, until the broker takes it. If the broker refuses its content, or refuses the
/// user for half a minute, the batch goes to the spool's <c>rejected</c> folder. Without a spool the sink drops refused content, and
/// all that is left when the time to drain is over.
/// </summary>
/// <remarks>
/// One task owns all state here. Submissions, the client's reports and the spool worker's answers reach it through one queue. The
/// shards' memory bounds that queue.
/// </remarks>
public sealed class KafkaSink : IBatchSink
{
    /// <summary>Batches go to the spool after this time without an acknowledgement.</summary>
    internal static readonly TimeSpan SpoolAfter = TimeSpan.FromSeconds(1);

    private const double FullSpool = 0.8;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QueueFullPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReplacePause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongUnacknowledged = TimeSpan.FromSeconds(15);

    private readonly KafkaMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TimeSpan _drainTimeout;
    private readonly KafkaClient _client;
    private readonly KafkaConnection _connection;
    private readonly SpoolWorker? _spool;
    private readonly OutstandingBatches _outstanding;
    private readonly int _maxSent;
    private readonly IDisposable? _owned;
    private readonly Channel<DeliveryEvent> _events = Channel.CreateUnbounded<DeliveryEvent>(new() { SingleReader = true });
    private readonly Dictionary<ShardAccount, SendQueue> _queues = [];
    private readonly ITimer _wake;
    private readonly Task _run;
    private long _oldestSubmittedAt;
    private long _drainEndsAt = long.MaxValue, _spoolAllAt = long.MaxValue;
    private long _replaceNotBefore;
    private int _disposed;

    /// <summary>Begins to connect; returns without waiting for a broker.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="batches">The limits of the batches that will be submitted.</param>
    /// <param name="context">The service's parts.</param>
    /// <param name="spool">Takes what the broker does not; null: there is no disk. The sink closes it.</param>
    /// <param name="owned">The embedded broker, which the sink disposes of at its own end.</param>
    /// <exception cref="InvalidOperationException">The client refuses the settings (an unreadable certificate file, say).</exception>
    public KafkaSink(
        KafkaOptions options, BatchOptions batches, SinkContext context, SpoolDirectory? spool = null, IDisposable? owned = null)
        : this(options, ProducerSettings.Create(options, batches.MaxBatchBytes), batches, context, spool, owned)
    {
    }

    internal KafkaSink(
        KafkaOptions options,
        ProducerConfig config,
        BatchOptions batches,
        SinkContext context,
        SpoolDirectory? spool = null,
        IDisposable? owned = null)
    {
        // The shard always needs one batch to fill and one to write to disk.
        _maxSent = spool is null ? int.MaxValue : Math.Max(1, batches.BatchesPerShard - 2);
        _metrics = context.Metrics;
        _time = context.Time;
        _owned = owned;
        _drainTimeout = options.DrainTimeout;
        _connection = new KafkaConnection(string.Join(',', options.Brokers), _metrics, context.Logger);
        _client = new KafkaClient(config, _connection, context.Logger, Post);
        _wake = _time.CreateTimer(_ => Post(DeliveryEvent.Wake), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (spool is not null)
        {
            foreach (var queue in spool.Queues)
            {
                var account = context.Accounts.GetOrAdd(queue.Topic, queue.Shard);
                account.Recover(queue.Records);
                QueueOf(account).Recover(queue.UnreadBatches);
            }
            _spool = new SpoolWorker(spool, options.Spool!, context, Post);
            Post(DeliveryEvent.Wake);
        }
        _outstanding = new OutstandingBatches(context, _connection, _spool, options.RightsGrace);
        _metrics.Watch(() => OldestAge, () => context.Accounts.Balances().Values.Sum(balance => balance.Acked));
        _run = Task.Run(RunAsync);
    }

    /// <summary>True if a broker answers; false before the first contact.</summary>
    public bool IsConnected => _connection.IsConnected;

    public string? NotReady
    {
        get
        {
            if (_run.IsFaulted)
                return $"Kafka: the sink has failed ({_run.Exception.InnerException?.Message})";
            if (_outstanding.Refusal is { } refusal)
                return $"Kafka: batches are refused ({refusal})";
            if (_spool is null)
                return _connection.NotReady ?? TooOld;
            if (_spool.Trouble is { } trouble)
                return $"spool: batches cannot be kept ({trouble}); input waits for the broker";
            return _connection.NotReady is { } reason && (_connection.IsRefused || _spool.Fill > FullSpool)
                ? string.Create(CultureInfo.InvariantCulture, $"{reason}; the spool is {_spool.Fill:P0} full")
                : null;
        }
    }

    /// <summary>The client itself, for tests that provoke its errors.</summary>
    internal KafkaClient Client => _client;

    public void Submit(RecordBatch batch)
    {
        _metrics.Submitted();
        var submitted = new ProducerBatch(batch, _time.GetTimestamp());
        if (!_events.Writer.TryWrite(new DeliveryEvent(DeliveryEventKind.Submitted, submitted)))
            _outstanding.GiveUp(submitted);
    }

    /// <summary>
    /// Waits until everything is acknowledged or on disk, at most for <see cref="KafkaOptions.DrainTimeout"/>, and gives up the
    /// rest. The spool keeps what is on disk for the next process.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Post(DeliveryEvent.End);
        await _run;
    }

    private TimeSpan OldestAge =>
        Volatile.Read(ref _oldestSubmittedAt) is var oldest and not 0 ? _time.GetElapsedTime(oldest) : TimeSpan.Zero;

    private string? TooOld => OldestAge is var age && age >= LongUnacknowledged
        ? string.Create(CultureInfo.InvariantCulture, $"Kafka: a batch has waited {age.TotalSeconds:F0} s for its acknowledgement")
        : null;

    private bool IsEnding => _drainEndsAt != long.MaxValue;

    // With a spool, the second half of the time to drain is for writing to it. If no broker answers, all of it is.
    private bool IsSpoolingAll => _spool is not null && IsEnding && (!IsConnected || _time.GetTimestamp() >= _spoolAllAt);

    private void Post(DeliveryEvent e) => _events.Writer.TryWrite(e);

    private async Task RunAsync()
    {
        while (!IsDrained())
        {
            await _events.Reader.WaitToReadAsync();
            HandleAll();
            long wakeAt = _client.Fatal is { } fatal ? ReplaceClient(fatal) : SendWaiting();
            wakeAt = Math.Min(wakeAt, UseSpool());
            Volatile.Write(ref _oldestSubmittedAt, _outstanding.Oldest?.SubmittedAt ?? 0);
            WakeAt(Math.Min(wakeAt, Math.Min(_drainEndsAt, IsSpoolingAll ? long.MaxValue : _spoolAllAt)));
        }
        await _wake.DisposeAsync();
        // The client ends before the batches go back: the sink handles its last reports, and none follows.
        _client.Dispose();
        HandleAll();
        if (_spool is not null)
            await _spool.EndAsync();
        _events.Writer.Complete();
        HandleAll();
        _outstanding.GiveUpAll(_drainTimeout);
        _owned?.Dispose();
    }

    private bool IsDrained()
    {
        if (!IsEnding)
            return false;
        return _time.GetTimestamp() >= _drainEndsAt
            || _outstanding.All.Count == 0
            || (IsSpoolingAll && _outstanding.All.All(batch => batch is { Entry: not null, SpoolOperations: 0 }));
    }

    private void HandleAll()
    {
        while (_events.Reader.TryRead(out var next))
            Handle(next);
    }

    private void Handle(in DeliveryEvent e)
    {
        switch (e.Kind)
        {
            case DeliveryEventKind.Submitted:
                _outstanding.Submitted(e.Batch!, QueueOf(e.Batch!));
                break;
            case DeliveryEventKind.Reported when e.Batch!.IsSent && e.Batch.Attempt == e.Attempt:
                if (e.Error!.IsError)
                    _outstanding.Failed(e.Batch, QueueOf(e.Batch), e.Error, After(RetryPause));
                else
                    _outstanding.Delivered(e.Batch, QueueOf(e.Batch));
                break;
            case DeliveryEventKind.Spooled:
                _outstanding.Spooled(e.Batch!, e.Queue!, e.Entry);
                break;
            case DeliveryEventKind.NotSpooled:
                OutstandingBatches.NotSpooled(e.Batch!, e.Queue!, After(RetryPause));
                break;
            case DeliveryEventKind.ReadBack:
                _outstanding.ReadBack(e.Batch!, e.Queue!);
                break;
            case DeliveryEventKind.NotReadBack:
                e.Queue!.NotReadBack(e.Reason is null ? null : After(RetryPause));
                break;
            case DeliveryEventKind.Rejected:
                _outstanding.Rejected(e.Batch!, e.Queue!, e.Error!, e.File, After(RetryPause));
                break;
            case DeliveryEventKind.End:
                _drainEndsAt = After(_drainTimeout);
                _spoolAllAt = After(_drainTimeout / 2);
                break;
            default:
                break;
        }
    }

    /// <summary>Sends what may leave; returns when to look again if no event comes.</summary>
    private long SendWaiting()
    {
        long now = _time.GetTimestamp();
        long wakeAt = long.MaxValue;
        foreach (var queue in _queues.Values)
        {
            while (queue.Next(now) is { } batch)
            {
                var error = _client.Send(batch);
                if (error is null)
                {
                    queue.Sent(batch);
                }
                else if (error.Code == ErrorCode.Local_QueueFull)
                {
                    // The client makes room a moment after the report, so the report is no signal to try again.
                    _metrics.QueueFull();
                    return After(QueueFullPause);
                }
                else
                {
                    _outstanding.Failed(batch, queue, error, After(RetryPause));
                }
            }
            wakeAt = Math.Min(wakeAt, queue.ResumesAt);
        }
        return wakeAt;
    }

    /// <summary>Gives the spool worker batches to write and to read; returns when to look again if no event comes.</summary>
    private long UseSpool()
    {
        if (_spool is null)
            return long.MaxValue;
        long now = _time.GetTimestamp(), staleAfter = Ticks(SpoolAfter), wakeAt = long.MaxValue;
        foreach (var queue in _queues.Values)
        {
            if (queue.NextToSpool(now, now - staleAfter, IsSpoolingAll, out bool isCopy) is { } batch)
            {
                batch.SpoolOperations++;
                _spool.Append(queue, batch, isCopy);
            }
            while (!IsEnding && queue.TryRead(now))
                _spool.Read(queue);
            wakeAt = Math.Min(wakeAt, queue.SpoolWakesAt(now, staleAfter));
        }
        return wakeAt;
    }

    /// <summary>
    /// Starts a new client: after a fatal error (rdkafka.h, rd_kafka_fatal_error) an idempotent client takes nothing more.
    /// Returns when to look again: if the cause lasts (a missing right, say), the new client meets it too.
    /// </summary>
    private long ReplaceClient(string reason)
    {
        _outstanding.Refusal = reason;
        if (_time.GetTimestamp() < _replaceNotBefore)
            return _replaceNotBefore;
        _replaceNotBefore = After(ReplacePause);
        _client.Replace();
        HandleAll();
        _outstanding.ClientReplaced(reason);
        foreach (var batch in _outstanding.All)
        {
            if (batch.IsSent)
                QueueOf(batch).Failed(batch, _time.GetTimestamp());
        }
        return SendWaiting();
    }

    private SendQueue QueueOf(ProducerBatch batch) => QueueOf(batch.Content.Account);

    private SendQueue QueueOf(ShardAccount account)
    {
        if (!_queues.TryGetValue(account, out var queue))
            _queues.Add(account, queue = new SendQueue(account, _maxSent));
        return queue;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private long After(TimeSpan pause) => _time.GetTimestamp() + Ticks(pause);

    private void WakeAt(long timestamp)
    {
        if (timestamp == long.MaxValue)
            return;
        var pause = _time.GetElapsedTime(_time.GetTimestamp(), timestamp);
        _wake.Change(TimeSpan.FromMilliseconds(1 + Math.Max(0, pause.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
