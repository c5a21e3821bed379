namespace Shared.Kafka;

/// <summary>
/// The way out of one shard of one topic. Batches leave in the order of their submission. After a failure nothing leaves until
/// the client has reported on all that it still holds; then what failed goes first, again in order. So a batch can only be
/// overtaken by those that were handed to the client together with it.
/// </summary>
internal sealed class ShardLane
{
    // Sorted by number. Short: a shard owns a few batches.
    private readonly List<OutgoingBatch> _waiting = [];
    private int _underWay;
    private bool _recovering;
    private long _resumeAt;

    /// <summary>A batch of the shard, newly submitted.</summary>
    public void Add(OutgoingBatch batch) => _waiting.Add(batch);

    /// <summary>The batch that may leave at <paramref name="now"/> (time stamps of one TimeProvider); null: none may.</summary>
    public OutgoingBatch? Next(long now)
    {
        if (_waiting.Count == 0 || (_recovering && (_underWay > 0 || now < _resumeAt)))
            return null;
        _recovering = false;
        return _waiting[0];
    }

    /// <summary>When <see cref="Next"/> will have a batch by itself; long.MaxValue: not before something is added or reported.</summary>
    public long ResumesAt => _waiting.Count > 0 && _recovering && _underWay == 0 ? _resumeAt : long.MaxValue;

    /// <summary>The batch that <see cref="Next"/> named was handed to the client.</summary>
    public void Sent()
    {
        var batch = _waiting[0];
        _waiting.RemoveAt(0);
        batch.UnderWay = true;
        _underWay++;
    }

    /// <summary>The client is done with the batch: acknowledged, or given up.</summary>
    public void Done(OutgoingBatch batch)
    {
        batch.UnderWay = false;
        _underWay--;
    }

    /// <summary>The batch is given up, sent or not.</summary>
    public void Drop(OutgoingBatch batch)
    {
        if (batch.UnderWay)
            Done(batch);
        else
            _waiting.Remove(batch);
    }

    /// <summary>The client failed to deliver the batch, or refused to take it; it is to be sent again, not before <paramref name="resumeAt"/>.</summary>
    public void Failed(OutgoingBatch batch, long resumeAt)
    {
        if (batch.UnderWay)
        {
            Done(batch);
            int place = _waiting.FindIndex(other => other.Number > batch.Number);
            _waiting.Insert(place < 0 ? _waiting.Count : place, batch);
        }
        _recovering = true;
        _resumeAt = resumeAt;
    }
}
