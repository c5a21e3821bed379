using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// The way out of one shard of one topic: what the client holds, what is on disk, what waits in memory. Batches leave in the
/// order of their submission. After a failure nothing leaves until the client has reported on all that it still holds; then
/// what failed goes first, again in order. So a batch can only be overtaken by those that were handed to the client with it.
/// </summary>
/// <remarks>
/// While the lane spools, the order is: failed, read back from disk, on disk, waiting in memory. On entering that state the
/// batches that the client holds are copied to disk first, so that the disk has all of them in order after a crash.
/// All times are time stamps of one TimeProvider.
/// </remarks>
/// <param name="account">The shard's accounts.</param>
/// <param name="maxUnderWay">Batches of the shard's memory that the client may hold at a time: without a broker it holds them for long.</param>
internal sealed class ShardLane(ShardAccount account, int maxUnderWay = int.MaxValue)
{
    /// <summary>Batches that were read back and are in memory at a time: they keep five requests under way.</summary>
    public const int MaxReadBack = 5;

    // With fewer than these on disk and the broker well, memory waits until the disk is empty: only then the lane can leave it.
    private const int NearlyDrained = 4;

    private readonly List<OutgoingBatch> _underWay = [];
    // In the order of their departure.
    private readonly List<OutgoingBatch> _failed = [];
    private readonly Queue<OutgoingBatch> _readBack = new();
    private readonly LinkedList<OutgoingBatch> _waiting = new();
    private long _departures;
    private long _unread;
    private int _reading;
    private bool _recovering, _isAppending;
    private long _resumeAt, _spoolResumeAt, _readResumeAt;

    public ShardAccount Account { get; } = account;

    /// <summary>Since when the user may not write to the topic; null: something was acknowledged since.</summary>
    public long? RefusedSince { get; set; }

    /// <summary>What comes goes to disk, behind what is there.</summary>
    public bool IsSpooling { get; private set; }

    /// <summary>Notes a refusal for want of rights; true when they have been missing for so long. Brokers that have just started may not know them yet.</summary>
    public bool IsRefusedFor(TimeSpan grace, TimeProvider time)
    {
        RefusedSince ??= time.GetTimestamp();
        return time.GetElapsedTime(RefusedSince.Value) >= grace;
    }

    /// <summary>A batch of the shard, newly submitted.</summary>
    public void Add(OutgoingBatch batch) => _waiting.AddLast(batch);

    /// <summary>The disk holds so many batches of an earlier process.</summary>
    public void Recover(long batches)
    {
        _unread = batches;
        IsSpooling = batches > 0;
    }

    /// <summary>The batch that may leave at <paramref name="now"/>; null: none may.</summary>
    public OutgoingBatch? Next(long now)
    {
        if (_recovering && (_underWay.Count > 0 || now < _resumeAt))
            return null;
        _recovering = false;
        if (_failed.Count > 0)
            return _failed[0];
        if (_readBack.TryPeek(out var readBack))
            return readBack;
        // Where the disk takes nothing, memory goes on without it.
        bool isDiskFirst = IsSpooling && !(IsDrained && now < _spoolResumeAt);
        return isDiskFirst || _isAppending || _underWay.Count >= maxUnderWay ? null : _waiting.First?.Value;
    }

    /// <summary>When <see cref="Next"/> will have a batch by itself; long.MaxValue: not before something is added or reported.</summary>
    public long ResumesAt => _recovering && _underWay.Count == 0 ? _resumeAt : long.MaxValue;

    /// <summary>The batch that <see cref="Next"/> named was handed to the client.</summary>
    public void Sent(OutgoingBatch batch)
    {
        Remove(batch);
        if (batch.Departure == 0)
            batch.Departure = ++_departures;
        batch.UnderWay = true;
        _underWay.Add(batch);
    }

    /// <summary>The lane is rid of the batch: acknowledged, refused or given up.</summary>
    public void Done(OutgoingBatch batch)
    {
        Remove(batch);
        batch.UnderWay = false;
    }

    /// <summary>The client failed to deliver the batch, or refused to take it; it is to be sent again, not before <paramref name="resumeAt"/>.</summary>
    public void Failed(OutgoingBatch batch, long resumeAt)
    {
        _recovering = true;
        _resumeAt = resumeAt;
        if (!batch.UnderWay)
            return;
        Done(batch);
        PutBack(batch, resumeAt);
    }

    /// <summary>A batch that the lane was rid of is to be sent again after all.</summary>
    public void PutBack(OutgoingBatch batch, long resumeAt)
    {
        int place = _failed.FindIndex(other => other.Departure > batch.Departure);
        _failed.Insert(place < 0 ? _failed.Count : place, batch);
        _recovering = true;
        _resumeAt = resumeAt;
    }

    /// <summary>
    /// The batch to be appended to the lane's part of the spool; null: none is. One at a time: the next one after
    /// <see cref="Appended"/> or <see cref="NotAppended"/>.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="staleBefore">What was handed over before this and is not acknowledged means that the broker is slow or away.</param>
    /// <param name="isEnding">Everything is to be on disk, whatever the broker does.</param>
    /// <param name="isCopy">The batch stays in memory, on its way to the client or with it.</param>
    public OutgoingBatch? NextToSpool(long now, long staleBefore, bool isEnding, out bool isCopy)
    {
        isCopy = false;
        if (_isAppending || now < _spoolResumeAt)
            return null;
        bool isStale = isEnding || OldestHandedOver < staleBefore;
        if (IsSpooling && IsDrained && !isStale)
            IsSpooling = false;
        IsSpooling |= isStale;
        if (!IsSpooling)
            return null;
        // A copy has its place before what is unread. It lacks it only after the rejected folder gave it back; at the end it goes behind.
        var next = _unread + _reading == 0 || isEnding ? OldestWithoutCopy() : null;
        isCopy = next is not null && _unread + _reading == 0;
        if (next is null && (isStale || _unread >= NearlyDrained))
            next = _waiting.First?.Value;
        _isAppending = next is not null;
        return next;
    }

    /// <summary>The batch is on disk; as a copy of what is in memory, or instead of it: then it will be read back.</summary>
    public void Appended(OutgoingBatch batch, bool isCopy)
    {
        _isAppending = false;
        if (isCopy)
            return;
        Done(batch);
        _unread++;
    }

    /// <summary>The disk did not take the batch; it stays where it was, and the disk is left alone until <paramref name="resumeAt"/>.</summary>
    public void NotAppended(long resumeAt)
    {
        _isAppending = false;
        _spoolResumeAt = resumeAt;
    }

    /// <summary>Whether one more batch is to be read back; the answer is <see cref="ReadBack"/> or <see cref="NotReadBack"/>.</summary>
    public bool TryRead(long now)
    {
        if (_unread == 0 || _recovering || now < _readResumeAt || _reading + _readBack.Count + _failed.Count + _underWay.Count >= MaxReadBack)
            return false;
        _unread--;
        _reading++;
        return true;
    }

    /// <summary>The disk's next batch.</summary>
    public void ReadBack(OutgoingBatch batch)
    {
        _reading--;
        _readBack.Enqueue(batch);
    }

    /// <summary>The batch was damaged, or, where <paramref name="resumeAt"/> says when to try again, the disk failed.</summary>
    public void NotReadBack(long? resumeAt)
    {
        _reading--;
        if (resumeAt is not { } at)
            return;
        _unread++;
        _readResumeAt = at;
    }

    /// <summary>When a look at the spool is worth while without an event: something gets stale, or the disk is to be tried again.</summary>
    public long SpoolWakesAt(long now, long staleAfter)
    {
        long wakeAt = long.MaxValue;
        if (OldestHandedOver is var oldest and not long.MaxValue && oldest + staleAfter >= now)
            wakeAt = oldest + staleAfter + 1;
        if (_spoolResumeAt > now)
            wakeAt = Math.Min(wakeAt, _spoolResumeAt);
        if (_readResumeAt > now)
            wakeAt = Math.Min(wakeAt, _readResumeAt);
        return wakeAt;
    }

    private bool IsDrained => _unread == 0 && _reading == 0 && _readBack.Count == 0;

    // By when the first of those that were handed to the client was taken over; of those that wait where it has none.
    private long OldestHandedOver
    {
        get
        {
            long oldest = long.MaxValue;
            foreach (var batch in _underWay)
                oldest = Math.Min(oldest, batch.SubmittedAt);
            foreach (var batch in _failed)
                oldest = Math.Min(oldest, batch.SubmittedAt);
            foreach (var batch in _readBack)
                oldest = Math.Min(oldest, batch.SubmittedAt);
            return oldest == long.MaxValue && _unread == 0 && _waiting.First is { } first ? first.Value.SubmittedAt : oldest;
        }
    }

    // Of those that were handed to the client.
    private OutgoingBatch? OldestWithoutCopy()
    {
        OutgoingBatch? next = null;
        foreach (var batch in _failed.Concat(_underWay))
        {
            if (batch.Entry is null && (next is null || batch.Departure < next.Departure))
                next = batch;
        }
        return next;
    }

    private void Remove(OutgoingBatch batch)
    {
        if (batch.UnderWay)
            _underWay.Remove(batch);
        else if (_readBack.TryPeek(out var first) && first == batch)
            _readBack.Dequeue();
        else if (!_failed.Remove(batch))
            _waiting.Remove(batch);
    }
}
