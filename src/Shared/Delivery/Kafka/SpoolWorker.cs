using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Reads and writes the spool's disk in one task, so that a slow disk delays neither acknowledgements nor other shards. It does its
/// work in order and answers each piece with one event.
/// </summary>
internal sealed class SpoolWorker
{
    private static readonly TimeSpan SyncPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TroubleLasts = TimeSpan.FromSeconds(3);

    private readonly SpoolDirectory _directory;
    private readonly SpoolOptions _options;
    private readonly SpoolMetrics _metrics;
    private readonly Action<DeliveryEvent> _answer;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new() { SingleReader = true });
    private readonly Dictionary<SendQueue, ReadBackPool> _pools = [];
    private readonly List<DeliveryEvent> _answers = [];
    private readonly ITimer _timer;
    private readonly Task _run;
    private string? _trouble;
    private long _bytesInTrouble;
    private long _troubleAt;
    private double _fill;
    private bool _isInUse;
    private long _inUseSince;

    /// <param name="directory">The open spool, which this worker owns from now on and closes.</param>
    /// <param name="options">The options of the spool.</param>
    /// <param name="context">The service's parts, with the spool's metrics.</param>
    /// <param name="answer">Takes the events; this worker's task calls it.</param>
    public SpoolWorker(SpoolDirectory directory, SpoolOptions options, SinkContext context, Action<DeliveryEvent> answer)
    {
        _directory = directory;
        _options = options;
        _metrics = context.Spool!;
        _answer = answer;
        _logger = context.Logger;
        _time = context.Time;
        // The spool itself logs what an earlier process left.
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

    /// <summary>The reason why the disk takes nothing, in one line; null while it takes batches.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>The used part of the spool, 0 to 1.</summary>
    public double Fill => Volatile.Read(ref _fill);

    /// <summary>Writes the batch; answers <see cref="DeliveryEventKind.Spooled"/> or <see cref="DeliveryEventKind.NotSpooled"/>.</summary>
    public void Append(SendQueue queue, ProducerBatch batch, bool isCopy) =>
        Do(new Work(WorkKind.Append, queue, batch) { IsCopy = isCopy });

    /// <summary>
    /// Reads the next batch; answers <see cref="DeliveryEventKind.ReadBack"/> or <see cref="DeliveryEventKind.NotReadBack"/>.
    /// </summary>
    public void Read(SendQueue queue) => Do(new Work(WorkKind.Read, queue));

    /// <summary>The broker has the batch: the disk can forget it. No answer follows.</summary>
    public void Acknowledge(SendQueue queue, SpoolEntry entry) => Do(new Work(WorkKind.Acknowledge, queue) { Entry = entry });

    /// <summary>Keeps a batch that the broker refuses and will not take later; answers <see cref="DeliveryEventKind.Rejected"/>.</summary>
    public void Reject(SendQueue queue, ProducerBatch batch, Error error) =>
        Do(new Work(WorkKind.Reject, queue, batch) { Error = error });

    /// <summary>Finishes the work that is queued, syncs and closes the spool.</summary>
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
            // One sync for all batches that came together.
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
                _answers.Add(DoRead(work.Queue!));
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
                // A queue that still had to write would have tried again, and failed, by now.
                if (_trouble is not null && _time.GetElapsedTime(_troubleAt) > TroubleLasts)
                    SetTrouble(null);
                break;
        }
    }

    private DeliveryEvent DoAppend(in Work work)
    {
        var content = work.Batch!.Content;
        string trouble;
        try
        {
            var spool = SpoolOf(work.Queue!);
            var entry = work.IsCopy ? spool.TryAppendSent(content.Value, content.Records) : null;
            if (entry is not null || (!work.IsCopy && spool.TryAppend(content.Value, content.Records)))
            {
                SetTrouble(null);
                _metrics.Appended(content.Length);
                return new DeliveryEvent(DeliveryEventKind.Spooled, work.Batch) { Queue = work.Queue, Entry = entry };
            }
            trouble = $"it holds {_directory.Bytes} bytes of the {_options.MaxBytes} that --spool-max-bytes allows";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Failed();
            trouble = e.Message;
        }
        SetTrouble(trouble);
        return new DeliveryEvent(DeliveryEventKind.NotSpooled, work.Batch) { Queue = work.Queue, Reason = trouble };
    }

    private DeliveryEvent DoRead(SendQueue queue)
    {
        RecordBatch? batch = null;
        try
        {
            var spool = SpoolOf(queue);
            if (!spool.TryPeek(out int length, out int records))
                return new DeliveryEvent(DeliveryEventKind.NotReadBack) { Queue = queue };
            batch = PoolOf(queue).Rent(length);
            if (spool.Read(batch.Buffer.AsSpan(0, length)) is { } entry)
            {
                batch.Length = length;
                batch.Records = records;
                _metrics.ReadBack(length);
                var readBack = new ProducerBatch(batch, _time.GetTimestamp()) { Entry = entry };
                return new DeliveryEvent(DeliveryEventKind.ReadBack, readBack) { Queue = queue };
            }
            batch.Release();
            return new DeliveryEvent(DeliveryEventKind.NotReadBack) { Queue = queue };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            batch?.Release();
            _metrics.Failed();
            SetTrouble(e.Message);
            return new DeliveryEvent(DeliveryEventKind.NotReadBack) { Queue = queue, Reason = e.Message };
        }
    }

    private void DoAcknowledge(in Work work)
    {
        try
        {
            SpoolOf(work.Queue!).Acknowledge(work.Entry!);
            // There is more room now: the next append shows whether it is enough.
            if (_trouble is not null && _directory.Bytes < _bytesInTrouble)
                SetTrouble(null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that cannot be deleted now is deleted with a later one, or its batches are sent again after the next start.
            _metrics.Failed();
            SetTrouble(e.Message);
        }
    }

    private DeliveryEvent DoReject(in Work work)
    {
        var content = work.Batch!.Content;
        string? file = null;
        try
        {
            file = _directory.Reject(content.Topic, content.Shard, work.Error!.Reason(), content.Value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _metrics.Failed();
            SetTrouble(e.Message);
        }
        return new DeliveryEvent(DeliveryEventKind.Rejected, work.Batch, Error: work.Error) { Queue = work.Queue, File = file };
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

    private SpoolQueue SpoolOf(SendQueue queue) => _directory.QueueOf(queue.Account.Topic, queue.Account.Shard);

    private ReadBackPool PoolOf(SendQueue queue)
    {
        if (!_pools.TryGetValue(queue, out var pool))
            _pools.Add(queue, pool = new ReadBackPool(queue.Account));
        return pool;
    }

    private readonly record struct Work(WorkKind Kind, SendQueue? Queue = null, ProducerBatch? Batch = null)
    {
        public SpoolEntry? Entry { get; init; }

        public bool IsCopy { get; init; }

        public Error? Error { get; init; }
    }
}
