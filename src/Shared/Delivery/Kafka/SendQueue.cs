using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Decides which batch of one shard goes next to the client, to the disk or back from the disk. Batches leave in the order of their
/// submission. After a failure nothing leaves until the client has reported on every batch that it holds; then the failed batches
/// go first, again in order. So only batches that the client held together can overtake each other.
/// </summary>
/// <remarks>
/// While the queue spools, the order is: failed, read back from disk, on disk, waiting in memory. When spooling begins, the batches
/// that the client holds are copied to disk first, so that the disk has all of them in order after a crash.
/// All times are time stamps of one TimeProvider.
/// </remarks>
/// <param name="account">The shard's accounts.</param>
/// <param name="maxSent">How many batches of the shard's memory the client may hold; without a broker it holds them for long.</param>
internal sealed class SendQueue(ShardAccount account, int maxSent = int.MaxValue)
{
    /// <summary>The number of batches that were read back and may be in memory: enough for five requests in flight.</summary>
    public const int MaxReadBack = 5;

    // When fewer batches than these are on disk and a broker answers, memory waits until the disk is empty, so that spooling can end.
    private const int NearlyDrained = 4;

    private readonly List<ProducerBatch> _sent = [];
    // The failed batches, by SendOrder.
    private readonly List<ProducerBatch> _failed = [];
    private readonly Queue<ProducerBatch> _readBack = new();
    private readonly LinkedList<ProducerBatch> _waiting = new();
    private long _sendOrder;
    private long _unread;
    private int _reading;
    private bool _recovering, _isAppending;
    private long _resumeAt, _spoolResumeAt, _readResumeAt;

    public ShardAccount Account { get; } = account;

    /// <summary>The time at which the broker first said that the user may not write to the topic; null after an acknowledgement.</summary>
    public long? RefusedSince { get; set; }

    /// <summary>New batches go to disk, after those on it.</summary>
    public bool IsSpooling { get; private set; }

    /// <summary>
    /// Notes that the user lacks the right to write; true when that has lasted for <paramref name="grace"/>. A broker that has just
    /// started may not know the rights yet.
    /// </summary>
    public bool IsRefusedFor(TimeSpan grace, TimeProvider time)
    {
        RefusedSince ??= time.GetTimestamp();
        return time.GetElapsedTime(RefusedSince.Value) >= grace;
    }

    /// <summary>Adds a submitted batch.</summary>
    public void Add(ProducerBatch batch) => _waiting.AddLast(batch);

    /// <summary>The disk holds this many batches of an earlier process.</summary>
    public void Recover(long batches)
    {
        _unread = batches;
        IsSpooling = batches > 0;
    }

    /// <summary>The batch that may go to the client at <paramref name="now"/>; null: none may.</summary>
    public ProducerBatch? Next(long now)
    {
        if (_recovering && (_sent.Count > 0 || now < _resumeAt))
            return null;
        _recovering = false;
        if (_failed.Count > 0)
            return _failed[0];
        if (_readBack.TryPeek(out var readBack))
            return readBack;
        // If the disk takes nothing, batches in memory leave without it.
        bool isDiskFirst = IsSpooling && !(IsDrained && now < _spoolResumeAt);
        return isDiskFirst || _isAppending || _sent.Count >= maxSent ? null : _waiting.First?.Value;
    }

    /// <summary>The time at which <see cref="Next"/> has a batch without another event; long.MaxValue: it needs an event.</summary>
    public long ResumesAt => _recovering && _sent.Count == 0 ? _resumeAt : long.MaxValue;

    /// <summary>The client took the batch of <see cref="Next"/>.</summary>
    public void Sent(ProducerBatch batch)
    {
        Remove(batch);
        if (batch.SendOrder == 0)
            batch.SendOrder = ++_sendOrder;
        batch.IsSent = true;
        _sent.Add(batch);
    }

    /// <summary>The batch leaves the queue: acknowledged, refused or given up.</summary>
    public void Done(ProducerBatch batch)
    {
        Remove(batch);
        batch.IsSent = false;
    }

    /// <summary>
    /// The client did not take or did not deliver the batch. It is sent again, but not before <paramref name="resumeAt"/>.
    /// </summary>
    public void Failed(ProducerBatch batch, long resumeAt)
    {
        _recovering = true;
        _resumeAt = resumeAt;
        if (!batch.IsSent)
            return;
        Done(batch);
        PutBack(batch, resumeAt);
    }

    /// <summary>Takes back a batch that had left the queue, to send it again.</summary>
    public void PutBack(ProducerBatch batch, long resumeAt)
    {
        int index = _failed.FindIndex(other => other.SendOrder > batch.SendOrder);
        _failed.Insert(index < 0 ? _failed.Count : index, batch);
        _recovering = true;
        _resumeAt = resumeAt;
    }

    /// <summary>
    /// The batch to append to the shard's spool; null: none. The next one follows after <see cref="Appended"/> or
    /// <see cref="NotAppended"/>.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="staleBefore">The broker is slow or away if a batch was submitted before this and is not acknowledged.</param>
    /// <param name="isEnding">Every batch goes to disk, even if the broker answers.</param>
    /// <param name="isCopy">The batch stays in memory and goes to the client too.</param>
    public ProducerBatch? NextToSpool(long now, long staleBefore, bool isEnding, out bool isCopy)
    {
        isCopy = false;
        if (_isAppending || now < _spoolResumeAt)
            return null;
        bool isStale = isEnding || OldestSubmission < staleBefore;
        if (IsSpooling && IsDrained && !isStale)
            IsSpooling = false;
        IsSpooling |= isStale;
        if (!IsSpooling)
            return null;
        // A copy belongs before the unread batches. A batch without a copy there is one that the rejected folder had no room for; at
        // the end it goes after them.
        var next = _unread + _reading == 0 || isEnding ? OldestWithoutCopy() : null;
        isCopy = next is not null && _unread + _reading == 0;
        if (next is null && (isStale || _unread >= NearlyDrained))
            next = _waiting.First?.Value;
        _isAppending = next is not null;
        return next;
    }

    /// <summary>The batch is on disk: as a copy of the one in memory, or instead of it, to be read back.</summary>
    public void Appended(ProducerBatch batch, bool isCopy)
    {
        _isAppending = false;
        if (isCopy)
            return;
        Done(batch);
        _unread++;
    }

    /// <summary>
    /// The disk did not take the batch, which stays in memory. The queue leaves the disk alone until <paramref name="resumeAt"/>.
    /// </summary>
    public void NotAppended(long resumeAt)
    {
        _isAppending = false;
        _spoolResumeAt = resumeAt;
    }

    /// <summary>Decides if one more batch is to be read back; <see cref="ReadBack"/> or <see cref="NotReadBack"/> follows.</summary>
    public bool TryRead(long now)
    {
        if (_unread == 0 || _recovering || now < _readResumeAt)
            return false;
        if (_reading + _readBack.Count + _failed.Count + _sent.Count >= MaxReadBack)
            return false;
        _unread--;
        _reading++;
        return true;
    }

    /// <summary>The next batch of the disk is in memory.</summary>
    public void ReadBack(ProducerBatch batch)
    {
        _reading--;
        _readBack.Enqueue(batch);
    }

    /// <summary>The disk failed and is tried again at <paramref name="resumeAt"/>; null: the batch was damaged.</summary>
    public void NotReadBack(long? resumeAt)
    {
        _reading--;
        if (resumeAt is not { } at)
            return;
        _unread++;
        _readResumeAt = at;
    }

    /// <summary>
    /// The time at which to look at the spool again without an event: a batch gets stale, or it is time to try the disk again.
    /// </summary>
    public long SpoolWakesAt(long now, long staleAfter)
    {
        long wakeAt = long.MaxValue;
        if (OldestSubmission is var oldest and not long.MaxValue && oldest + staleAfter >= now)
            wakeAt = oldest + staleAfter + 1;
        if (_spoolResumeAt > now)
            wakeAt = Math.Min(wakeAt, _spoolResumeAt);
        if (_readResumeAt > now)
            wakeAt = Math.Min(wakeAt, _readResumeAt);
        return wakeAt;
    }

    private bool IsDrained => _unread == 0 && _reading == 0 && _readBack.Count == 0;

    // The oldest submission among the batches that the client got; among the waiting ones if it got none.
    private long OldestSubmission
    {
        get
        {
            long oldest = long.MaxValue;
            foreach (var batch in _sent)
                oldest = Math.Min(oldest, batch.SubmittedAt);
            foreach (var batch in _failed)
                oldest = Math.Min(oldest, batch.SubmittedAt);
            foreach (var batch in _readBack)
                oldest = Math.Min(oldest, batch.SubmittedAt);
            return oldest == long.MaxValue && _unread == 0 && _waiting.First is { } first ? first.Value.SubmittedAt : oldest;
        }
    }

    // The first batch that the client got and that has no copy on disk.
    private ProducerBatch? OldestWithoutCopy()
    {
        ProducerBatch? next = null;
        foreach (var batch in _failed.Concat(_sent))
        {
            if (batch.Entry is null && (next is null || batch.SendOrder < next.SendOrder))
                next = batch;
        }
        return next;
    }

    private void Remove(ProducerBatch batch)
    {
        if (batch.IsSent)
            _sent.Remove(batch);
        else if (_readBack.TryPeek(out var first) && first == batch)
            _readBack.Dequeue();
        else if (!_failed.Remove(batch))
            _waiting.Remove(batch);
    }
}
