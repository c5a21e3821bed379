namespace Shared.Records.Batch;

/// <summary>
/// Fills the batches of one shard of one topic, and lends their memory to the sink. Records that are written between two awaits stay in
/// order. Callers hold <see cref="Gate"/> for everything except <see cref="SpaceAvailable"/> and <see cref="IsSettled"/>.
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

    /// <summary>The shard's account. Each writer counts its input there, under <see cref="Gate"/>.</summary>
    public ShardAccount Account { get; }

    /// <summary>Records in the open batch.</summary>
    internal int OpenRecords => _open?.Records ?? 0;

    /// <summary>The lock of the writers. A writer takes it once for a chunk of input, not for each record.</summary>
    public Lock Gate => Account.Gate;

    /// <summary>
    /// Gives all space left in the open batch, at least <paramref name="atLeast"/> bytes; closes the open batch first if that does not
    /// fit. False: the sink holds every batch; release the gate, await <see cref="SpaceAvailable"/> and try again. Commit the space or
    /// forget it before you release the gate.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is more than <see cref="BatchOptions.MaxBatchBytes"/>.</exception>
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
        // A record above MaxBytes gets a batch of its own: the capacity holds any record.
        int end = Math.Max(_options.MaxBytes, _open!.Length + atLeast);
        space = _open.Buffer.AsSpan(_open.Length, end - _open.Length);
        return true;
    }

    /// <summary>Adds the first <paramref name="bytes"/> bytes of the reserved space: <paramref name="records"/> whole messages.</summary>
    public void Commit(int bytes, int records)
    {
        if (_open!.Length == 0)
            _open.OpenedAt = _time.GetTimestamp();
        _open.Length += bytes;
        _open.Records += records;
    }

    /// <summary>
    /// Completes when a batch has come back since the last failed <see cref="TryReserve"/>, even if another writer has opened it
    /// meanwhile: it has room for both.
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

    /// <summary>The position in the shard's order after all records that are committed now.</summary>
    public long Position => _open is { Length: > 0 } ? _closed + 1 : _closed;

    /// <summary>
    /// True if the records before <paramref name="position"/> are acknowledged, on the spool's disk, or dropped. The handler of
    /// <see cref="RecordAccounts.OnLost"/> gets dropped records before.
    /// </summary>
    public bool IsSettled(long position)
    {
        lock (_freeGate)
            return AreSettled(position);
    }

    /// <summary>Makes a <see cref="PendingAck"/> for the records that are committed from now on.</summary>
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

    /// <summary>Closes the open batch if it is older than the batch wait time, or if <paramref name="always"/>.</summary>
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
            if (ack.UpTo is { } position && AreSettled(position))
                ack.Complete();
        }
    }

    private bool AreSettled(long position) => position <= _closed && _unsettled.TrueForAll(number => number > position);

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
