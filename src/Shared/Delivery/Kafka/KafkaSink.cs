using System.Globalization;
using System.Threading.Channels;
using Confluent.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Hands batches to Kafka: idempotent, acks=all, the shard's number as the key. A batch is released when it is acknowledged,
/// or when it is on disk: with a spool, what the broker does not take within a second goes there, and comes back in order.
/// One that fails is sent again, in the order of its shard, until it gets through; what the broker refuses for its content, or
/// for half a minute for want of rights, is kept in the spool's <c>rejected</c> folder. Without a spool content that is refused
/// is dropped, as is what is left when the time to drain is over.
/// </summary>
/// <remarks>
/// One task owns all state here; submissions, the client's reports and the spool's answers reach it through one queue, which
/// the shards' memory bounds.
/// </remarks>
public sealed class KafkaSink : IBatchSink
{
    /// <summary>From when on the broker counts as slow or away, and batches go to the spool.</summary>
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
    private readonly SpoolTask? _spool;
    private readonly BatchOutcomes _outcomes;
    private readonly int _maxUnderWay;
    private readonly IDisposable? _owned;
    private readonly Channel<SinkEvent> _events = Channel.CreateUnbounded<SinkEvent>(new() { SingleReader = true });
    private readonly Dictionary<ShardAccount, ShardLane> _lanes = [];
    private readonly ITimer _wake;
    private readonly Task _run;
    private long _oldestSubmittedAt;
    private long _drainEndsAt = long.MaxValue, _spoolAllAt = long.MaxValue;
    private long _replaceNotBefore;
    private int _disposed;

    /// <summary>Begins to connect; returns without waiting for a broker.</summary>
    /// <param name="options">Valid ones.</param>
    /// <param name="batches">How the batches are cut that will be submitted.</param>
    /// <param name="context">The service's parts.</param>
    /// <param name="spool">Takes what the broker does not; null: the shards' memory is all there is. The sink closes it.</param>
    /// <param name="owned">Disposed of after the sink: the embedded broker.</param>
    /// <exception cref="InvalidOperationException">The client refuses the settings (an unreadable certificate file, say).</exception>
    public KafkaSink(KafkaOptions options, BatchOptions batches, SinkContext context, SpoolDirectory? spool = null, IDisposable? owned = null)
        : this(options, ProducerSettings.Of(options, batches.MaxBatchBytes), batches, context, spool, owned)
    {
    }

    internal KafkaSink(KafkaOptions options, ProducerConfig config, BatchOptions batches, SinkContext context, SpoolDirectory? spool = null, IDisposable? owned = null)
    {
        // One batch is being filled and one written to the disk, whatever the client holds.
        _maxUnderWay = spool is null ? int.MaxValue : Math.Max(1, batches.BatchesPerShard - 2);
        _metrics = context.Metrics;
        _time = context.Time;
        _owned = owned;
        _drainTimeout = options.DrainTimeout;
        _connection = new KafkaConnection(string.Join(',', options.Brokers), _metrics, context.Logger);
        _client = new KafkaClient(config, options.CopyPayloads, _connection, context.Logger, Post);
        _wake = _time.CreateTimer(_ => Post(SinkEvent.Wake), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (spool is not null)
        {
            foreach (var queue in spool.Queues)
            {
                var account = context.Accounts.GetOrAdd(queue.Topic, queue.Shard);
                account.Recover(queue.Records);
                LaneOf(account).Recover(queue.UnreadBatches);
            }
            _spool = new SpoolTask(spool, options.Spool!, context, Post);
            Post(SinkEvent.Wake);
        }
        _outcomes = new BatchOutcomes(context, _connection, _spool, options.RightsGrace);
        _metrics.SetLag(() => OldestAge);
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
            if (_outcomes.Refusal is { } refusal)
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
        var outgoing = new OutgoingBatch(batch, _time.GetTimestamp());
        if (!_events.Writer.TryWrite(new SinkEvent(SinkEventKind.Submitted, outgoing)))
            _outcomes.GiveUp(outgoing);
    }

    /// <summary>
    /// Waits until everything is acknowledged or on disk, for <see cref="KafkaOptions.DrainTimeout"/> at most; gives up the
    /// rest. What is on disk stays there for the next process.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Post(SinkEvent.End);
        await _run;
    }

    private TimeSpan OldestAge => Volatile.Read(ref _oldestSubmittedAt) is var oldest and not 0 ? _time.GetElapsedTime(oldest) : TimeSpan.Zero;

    private string? TooOld => OldestAge is var age && age >= LongUnacknowledged
        ? string.Create(CultureInfo.InvariantCulture, $"Kafka: a batch has waited {age.TotalSeconds:F0} s for its acknowledgement")
        : null;

    private bool IsEnding => _drainEndsAt != long.MaxValue;

    // With a spool the last part of the time to drain is for writing to it, all of it where there is no broker to wait for.
    private bool IsSpoolingAll => _spool is not null && IsEnding && (!IsConnected || _time.GetTimestamp() >= _spoolAllAt);

    private void Post(SinkEvent e) => _events.Writer.TryWrite(e);

    private async Task RunAsync()
    {
        while (!IsDrained())
        {
            await _events.Reader.WaitToReadAsync();
            HandleAll();
            long wakeAt = _client.Fatal is { } fatal ? ReplaceClient(fatal) : SendWaiting();
            wakeAt = Math.Min(wakeAt, UseSpool());
            Volatile.Write(ref _oldestSubmittedAt, _outcomes.Outstanding.First?.Value.SubmittedAt ?? 0);
            WakeAt(Math.Min(wakeAt, Math.Min(_drainEndsAt, IsSpoolingAll ? long.MaxValue : _spoolAllAt)));
        }
        await _wake.DisposeAsync();
        // The client ends before the batches go back: what it still reports is heard, and nothing comes after that.
        _client.Dispose();
        HandleAll();
        if (_spool is not null)
            await _spool.EndAsync();
        _events.Writer.Complete();
        HandleAll();
        _outcomes.GiveUpAll(_drainTimeout);
        _owned?.Dispose();
    }

    private bool IsDrained()
    {
        if (!IsEnding)
            return false;
        return _time.GetTimestamp() >= _drainEndsAt
            || _outcomes.Outstanding.Count == 0
            || (IsSpoolingAll && _outcomes.Outstanding.All(batch => batch is { Entry: not null, SpoolWork: 0 }));
    }

    private void HandleAll()
    {
        while (_events.Reader.TryRead(out var next))
            Handle(next);
    }

    private void Handle(in SinkEvent e)
    {
        switch (e.Kind)
        {
            case SinkEventKind.Submitted:
                _outcomes.Outstanding.AddLast(e.Batch!.Place);
                LaneOf(e.Batch).Add(e.Batch);
                break;
            case SinkEventKind.Reported when e.Batch!.UnderWay && e.Batch.Attempt == e.Attempt:
                if (e.Error!.IsError)
                    _outcomes.Fail(e.Batch, LaneOf(e.Batch), e.Error, After(RetryPause));
                else
                    _outcomes.Deliver(e.Batch, LaneOf(e.Batch));
                break;
            case SinkEventKind.Spooled:
                _outcomes.Spooled(e.Batch!, e.Lane!, e.Entry);
                break;
            case SinkEventKind.NotSpooled:
                BatchOutcomes.NotSpooled(e.Batch!, e.Lane!, After(RetryPause));
                break;
            case SinkEventKind.ReadBack:
                _outcomes.ReadBack(e.Batch!, e.Lane!);
                break;
            case SinkEventKind.NotReadBack:
                e.Lane!.NotReadBack(e.Reason is null ? null : After(RetryPause));
                break;
            case SinkEventKind.Rejected:
                _outcomes.Rejected(e.Batch!, e.Lane!, e.Error!, e.File, After(RetryPause));
                break;
            case SinkEventKind.End:
                _drainEndsAt = After(_drainTimeout);
                _spoolAllAt = After(_drainTimeout / 2);
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
                    lane.Sent(batch);
                }
                else if (error.Code == ErrorCode.Local_QueueFull)
                {
                    // Room is made a moment after the report that announces it, so the report alone is no signal to try again.
                    _metrics.QueueFull();
                    return After(QueueFullPause);
                }
                else
                {
                    _outcomes.Fail(batch, lane, error, After(RetryPause));
                }
            }
            wakeAt = Math.Min(wakeAt, lane.ResumesAt);
        }
        return wakeAt;
    }

    /// <summary>Gives the spool's task what is to be written and read; returns when to look again without being told to.</summary>
    private long UseSpool()
    {
        if (_spool is null)
            return long.MaxValue;
        long now = _time.GetTimestamp(), staleAfter = Ticks(SpoolAfter), wakeAt = long.MaxValue;
        foreach (var lane in _lanes.Values)
        {
            if (lane.NextToSpool(now, now - staleAfter, IsSpoolingAll, out bool isCopy) is { } batch)
            {
                batch.SpoolWork++;
                _spool.Append(lane, batch, isCopy);
            }
            while (!IsEnding && lane.TryRead(now))
                _spool.Read(lane);
            wakeAt = Math.Min(wakeAt, lane.SpoolWakesAt(now, staleAfter));
        }
        return wakeAt;
    }

    /// <summary>
    /// After a fatal error (rdkafka.h, rd_kafka_fatal_error) an idempotent client takes nothing more; a new one does.
    /// Returns when to look again: where the cause lasts (a missing right, say), the new one meets it too.
    /// </summary>
    private long ReplaceClient(string reason)
    {
        _outcomes.Refusal = reason;
        if (_time.GetTimestamp() < _replaceNotBefore)
            return _replaceNotBefore;
        _replaceNotBefore = After(ReplacePause);
        _client.Replace();
        HandleAll();
        _outcomes.ClientReplaced(reason);
        foreach (var outgoing in _outcomes.Outstanding)
        {
            if (outgoing.UnderWay)
                LaneOf(outgoing).Failed(outgoing, _time.GetTimestamp());
        }
        return SendWaiting();
    }

    private ShardLane LaneOf(OutgoingBatch outgoing) => LaneOf(outgoing.Batch.Account);

    private ShardLane LaneOf(ShardAccount account)
    {
        if (!_lanes.TryGetValue(account, out var lane))
            _lanes.Add(account, lane = new ShardLane(account, _maxUnderWay));
        return lane;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private long After(TimeSpan pause) => _time.GetTimestamp() + Ticks(pause);

    private void WakeAt(long timestamp)
    {
        if (timestamp != long.MaxValue)
            _wake.Change(TimeSpan.FromMilliseconds(1 + Math.Max(0, _time.GetElapsedTime(_time.GetTimestamp(), timestamp).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
