using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// The one task that touches the spool's disk, so that a slow disk delays neither acknowledgements nor other shards. It takes
/// its work in order and answers each piece with one event.
/// </summary>
internal sealed class SpoolTask
{
    private static readonly TimeSpan SyncPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TroubleLasts = TimeSpan.FromSeconds(3);

    private readonly SpoolDirectory _directory;
    private readonly SpoolOptions _options;
    private readonly SpoolMetrics _metrics;
    private readonly Action<SinkEvent> _answer;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    private readonly Dictionary<ShardLane, ReadBackMemory> _memory = [];
    private readonly List<SinkEvent> _answers = [];
    private readonly ITimer _timer;
    private readonly Task _run;
    private string? _trouble;
    private long _bytesInTrouble;
    private long _troubleAt;
    private double _fill;
    private bool _isInUse;
    private long _inUseSince;

    /// <param name="directory">Open; this task owns it from now on and closes it.</param>
    /// <param name="options">Those it was opened with.</param>
    /// <param name="context">The service's parts, with the spool's metrics.</param>
    /// <param name="answer">Takes the events, on this task.</param>
    public SpoolTask(SpoolDirectory directory, SpoolOptions options, SinkContext context, Action<SinkEvent> answer)
    {
        _directory = directory;
        _options = options;
        _metrics = context.Spool!;
        _answer = answer;
        _logger = context.Logger;
        _time = context.Time;
        // What an earlier process left is said by the spool itself.
        _isInUse = directory.Queues.Any(queue => queue.Batches > 0);
        _inUseSince = _time.GetTimestamp();
        PublishState();
        _timer = _time.CreateTimer(_ => _work.Writer.TryWrite(new Work(WorkKind.Sync)), null, SyncPeriod, SyncPeriod);
        _run = Task.Run(RunAsync);
    }

    private enum WorkKind
    {
        Append,
        Read,
        Acknowledge,
        Reject,
        Sync,
    }

    /// <summary>Why nothing can be written, in one line; null while it can.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>How full it is, 0 to 1.</summary>
    public double Fill => Volatile.Read(ref _fill);

    /// <summary>Answered by <see cref="SinkEventKind.Spooled"/> or <see cref="SinkEventKind.NotSpooled"/>.</summary>
    public void Append(ShardLane lane, OutgoingBatch batch, bool isCopy) => Do(new Work(WorkKind.Append, lane, batch) { IsCopy = isCopy });

    /// <summary>Answered by <see cref="SinkEventKind.ReadBack"/> or <see cref="SinkEventKind.NotReadBack"/>.</summary>
    public void Read(ShardLane lane) => Do(new Work(WorkKind.Read, lane));

    /// <summary>The broker has it: its place on disk is free. No answer.</summary>
    public void Acknowledge(ShardLane lane, SpoolEntry entry) => Do(new Work(WorkKind.Acknowledge, lane) { Entry = entry });

    /// <summary>Keeps what the broker refuses for good; answered by <see cref="SinkEventKind.Rejected"/>.</summary>
    public void Reject(ShardLane lane, OutgoingBatch batch, Error error) => Do(new Work(WorkKind.Reject, lane, batch) { Error = error });

    /// <summary>Does what was asked for before, syncs and closes the spool.</summary>
    public async Task EndAsync()
    {
        await _timer.DisposeAsync();
        _work.Writer.TryComplete();
        await _run;
    }

    private void Do(Work work) => _work.Writer.TryWrite(work);

    private async Task RunAsync()
    {
        while (await _work.Reader.WaitToReadAsync())
        {
            bool hasAppended = false;
            while (_work.Reader.TryRead(out var work))
            {
                hasAppended |= work.Kind == WorkKind.Append;
                Handle(work);
            }
            // One sync for all that came together.
            if (hasAppended && _options.Sync == SpoolSync.Always)
                Sync();
            PublishState();
            foreach (var answer in _answers)
                _answer(answer);
            _answers.Clear();
        }
        if (_directory.Queues.Sum(queue => queue.Batches) is var left and > 0)
            KafkaLog.SpoolLeft(_logger, left, _directory.Queues.Sum(queue => queue.Records), _options.Directory);
        Sync();
        _directory.Dispose();
    }

    private void Handle(in Work work)
    {
        switch (work.Kind)
        {
            case WorkKind.Append:
                _answers.Add(DoAppend(work));
                break;
            case WorkKind.Read:
                _answers.Add(DoRead(work.Lane!));
                break;
            case WorkKind.Acknowledge:
                DoAcknowledge(work);
                break;
            case WorkKind.Reject:
                _answers.Add(DoReject(work));
                break;
            default:
                if (_options.Sync != SpoolSync.Always)
                    Sync();
                // Whoever still had to write would have tried again, and failed, since then.
                if (_trouble is not null && _time.GetElapsedTime(_troubleAt) > TroubleLasts)
                    SetTrouble(null);
                break;
        }
    }

    private SinkEvent DoAppend(in Work work)
    {
        var batch = work.Batch!.Batch;
        string trouble;
        try
        {
            var queue = QueueOf(work.Lane!);
            var entry = work.IsCopy ? queue.TryAppendUnderWay(batch.Value, batch.Records) : null;
            if (entry is not null || (!work.IsCopy && queue.TryAppend(batch.Value, batch.Records)))
            {
                SetTrouble(null);
                _metrics.Appended(batch.Length);
                return new SinkEvent(SinkEventKind.Spooled, work.Batch) { Lane = work.Lane, Entry = entry };
            }
            trouble = $"it holds {_directory.Bytes} octets of the {_options.MaxBytes} that --spool-max-bytes allows";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Failed();
            trouble = e.Message;
        }
        SetTrouble(trouble);
        return new SinkEvent(SinkEventKind.NotSpooled, work.Batch) { Lane = work.Lane, Reason = trouble };
    }

    private SinkEvent DoRead(ShardLane lane)
    {
        RecordBatch? batch = null;
        try
        {
            var queue = QueueOf(lane);
            if (!queue.TryPeek(out int length, out int records))
                return new SinkEvent(SinkEventKind.NotReadBack) { Lane = lane };
            batch = MemoryOf(lane).Take(length);
            if (queue.Read(batch.Buffer.AsSpan(0, length)) is { } entry)
            {
                batch.Length = length;
                batch.Records = records;
                _metrics.ReadBack(length);
                return new SinkEvent(SinkEventKind.ReadBack, new OutgoingBatch(batch, _time.GetTimestamp()) { Entry = entry }) { Lane = lane };
            }
            batch.Release();
            return new SinkEvent(SinkEventKind.NotReadBack) { Lane = lane };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            batch?.Release();
            _metrics.Failed();
            SetTrouble(e.Message);
            return new SinkEvent(SinkEventKind.NotReadBack) { Lane = lane, Reason = e.Message };
        }
    }

    private void DoAcknowledge(in Work work)
    {
        try
        {
            QueueOf(work.Lane!).Acknowledge(work.Entry!);
            // Room has come free: the next append tells whether that is enough.
            if (_trouble is not null && _directory.Bytes < _bytesInTrouble)
                SetTrouble(null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that cannot be deleted now is deleted with a later one, or comes again after the next start.
            _metrics.Failed();
            SetTrouble(e.Message);
        }
    }

    private SinkEvent DoReject(in Work work)
    {
        var batch = work.Batch!.Batch;
        string? file = null;
        try
        {
            file = _directory.Reject(batch.Topic, batch.Shard, work.Error!.Reason(), batch.Value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Failed();
            SetTrouble(e.Message);
        }
        return new SinkEvent(SinkEventKind.Rejected, work.Batch, Error: work.Error) { Lane = work.Lane, File = file };
    }

    private void Sync()
    {
        try
        {
            _directory.Sync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Failed();
            SetTrouble(e.Message);
        }
    }

    private void SetTrouble(string? trouble)
    {
        if (_trouble is null != trouble is null)
        {
            if (trouble is null)
                KafkaLog.SpoolRecovered(_logger, _options.Directory);
            else
                KafkaLog.SpoolFailed(_logger, _options.Directory, trouble);
        }
        _troubleAt = _time.GetTimestamp();
        _bytesInTrouble = _directory.Bytes;
        Volatile.Write(ref _trouble, trouble);
    }

    private void PublishState()
    {
        long batches = _directory.Queues.Sum(queue => queue.Batches);
        Volatile.Write(ref _fill, (double)_directory.Bytes / _options.MaxBytes);
        _metrics.Set(_directory.Bytes, batches, _directory.Queues.Min(queue => queue.OldestAt));
        if (batches > 0 == _isInUse)
            return;
        _isInUse = batches > 0;
        if (_isInUse)
            KafkaLog.SpoolInUse(_logger, batches, _options.Directory);
        else
            KafkaLog.SpoolEmpty(_logger, _options.Directory, _time.GetElapsedTime(_inUseSince).TotalSeconds);
        _inUseSince = _time.GetTimestamp();
    }

    private SpoolQueue QueueOf(ShardLane lane) => _directory.QueueOf(lane.Account.Topic, lane.Account.Shard);

    private ReadBackMemory MemoryOf(ShardLane lane)
    {
        if (!_memory.TryGetValue(lane, out var memory))
            _memory.Add(lane, memory = new ReadBackMemory(lane.Account));
        return memory;
    }

    private readonly record struct Work(WorkKind Kind, ShardLane? Lane = null, OutgoingBatch? Batch = null)
    {
        public SpoolEntry? Entry { get; init; }

        public bool IsCopy { get; init; }

        public Error? Error { get; init; }
    }
}
