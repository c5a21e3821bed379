namespace Shared.Records.Batch;

/// <summary>
/// One shard of one topic: the batch that is being filled and the memory of those under way. What is written between two
/// awaits stays in order. Everything but <see cref="SpaceAvailable"/> is called under <see cref="Gate"/>.
/// </summary>
public sealed class ShardWriter : IBatchOwner
{
    private readonly BatchOptions _options;
    private readonly IBatchSink _sink;
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private readonly Stack<RecordBatch> _free = new();
    private readonly Lock _freeGate = new();
    private readonly List<long> _unsettled = [];
    private readonly List<PendingAck> _acks = [];
    private RecordBatch? _open;
    private long _closed;
    private int _allocated;
    private bool _exhausted;
    private TaskCompletionSource? _waiting;

    internal ShardWriter(ShardAccount account, BatchOptions options, IBatchSink sink, TimeProvider time)
    {
        Account = account;
        account.Writer = this;
        _options = options;
        _sink = sink;
        _time = time;
        _capacity = options.MaxBatchBytes;
    }

    public string Topic => Account.Topic;

    public int Shard => Account.Shard;

    /// <summary>Where the shard's records are counted; what came in is counted by whoever writes, under <see cref="Gate"/>.</summary>
    public ShardAccount Account { get; }

    /// <summary>Records in the open batch.</summary>
    internal int OpenRecords => _open?.Records ?? 0;

    /// <summary>Held by whoever writes; a writer takes it once per chunk of input, not per record.</summary>
    public Lock Gate => Account.Gate;

    /// <summary>
    /// All space left in the open batch, at least <paramref name="atLeast"/> octets; closes the open batch first when that
    /// does not fit. False: every batch is under way; release the gate, await <see cref="SpaceAvailable"/> and try again.
    /// What is reserved is committed or let go before the gate is released.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="BatchOptions.MaxRecordBytes"/> (or a whole batch) is asked for.</exception>
    public bool TryReserve(int atLeast, out Span<byte> space)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(atLeast, _capacity);
        if (_open is { Length: > 0 } full && full.Length + atLeast > _options.MaxBytes)
            Close();
        if (_open is null && !TryOpen())
        {
            space = default;
            return false;
        }
        // A record larger than a whole batch is sent alone: the capacity is chosen to hold any record.
        int end = Math.Max(_options.MaxBytes, _open!.Length + atLeast);
        space = _open.Buffer.AsSpan(_open.Length, end - _open.Length);
        return true;
    }

    /// <summary>Counts the first <paramref name="bytes"/> octets of the reserved space in: <paramref name="records"/> whole messages.</summary>
    public void Commit(int bytes, int records)
    {
        if (_open!.Length == 0)
            _open.OpenedAt = _time.GetTimestamp();
        _open.Length += bytes;
        _open.Records += records;
    }

    /// <summary>
    /// Completes when a batch has come back since the last failed <see cref="TryReserve"/>, even where another writer has
    /// opened it meanwhile: there is room in it for both.
    /// </summary>
    public Task SpaceAvailable
    {
        get
        {
            lock (_freeGate)
            {
                if (!_exhausted)
                    return Task.CompletedTask;
                _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _waiting.Task;
            }
        }
    }

    /// <summary>A place in the shard's order: behind all records that are committed now.</summary>
    public long Position => _open is { Length: > 0 } ? _closed + 1 : _closed;

    /// <summary>
    /// Whether the records before <paramref name="mark"/> are acknowledged, on the spool's disk, or given up. What is given up
    /// is told to <see cref="RecordAccounts.OnLost"/> before.
    /// </summary>
    public bool IsSettled(long mark)
    {
        lock (_freeGate)
            return AreSettled(mark);
    }

    /// <summary>An ack for what is committed from now on; see <see cref="PendingAck"/>.</summary>
    public PendingAck OpenAck()
    {
        var ack = new PendingAck(this, Position);
        lock (_freeGate)
            _acks.Add(ack);
        return ack;
    }

    internal void Close(PendingAck ack)
    {
        lock (_freeGate)
        {
            ack.UpTo = Position;
            if (AreSettled(Position))
                ack.Complete();
        }
    }

    internal void Forget(PendingAck ack)
    {
        lock (_freeGate)
            _acks.Remove(ack);
    }

    /// <summary>Hands the open batch over when it is older than the batch wait time, or at once when <paramref name="always"/>.</summary>
    public void CloseIfDue(bool always)
    {
        if (_open is { Length: > 0 } batch && (always || _time.GetElapsedTime(batch.OpenedAt) >= _options.BatchWaitTime))
            Close();
    }

    void IBatchOwner.Return(RecordBatch batch)
    {
        batch.Length = 0;
        batch.Records = 0;
        TaskCompletionSource? waiting;
        lock (_freeGate)
        {
            _unsettled.Remove(batch.Number);
            foreach (var ack in _acks)
                ack.Note(batch.Number, batch.IsDropped);
            CompleteAcks();
            _free.Push(batch);
            _exhausted = false;
            waiting = _waiting;
            _waiting = null;
        }
        waiting?.TrySetResult();
    }

    void IBatchOwner.Settle(RecordBatch batch)
    {
        lock (_freeGate)
        {
            _unsettled.Remove(batch.Number);
            CompleteAcks();
        }
    }

    private void CompleteAcks()
    {
        foreach (var ack in _acks)
        {
            if (ack.UpTo is { } mark && AreSettled(mark))
                ack.Complete();
        }
    }

    private bool AreSettled(long mark) => mark <= _closed && _unsettled.TrueForAll(number => number > mark);

    private void Close()
    {
        var batch = _open!;
        _open = null;
        lock (_freeGate)
        {
            batch.Number = ++_closed;
            _unsettled.Add(batch.Number);
        }
        Account.Move(RecordState.Input, RecordState.InFlight, batch.Records);
        _sink.Submit(batch);
    }

    private bool TryOpen()
    {
        lock (_freeGate)
        {
            if (_free.TryPop(out _open))
            {
                _open.Taken();
                return true;
            }
            if (_allocated == _options.BatchesPerShard)
            {
                _exhausted = true;
                return false;
            }
        }
        _allocated++;
        _open = new RecordBatch(this, Account, _capacity);
        return true;
    }
}
