namespace Shared.Records.Batch;

/// <summary>
/// Waits until a sender's records are acknowledged or on the spool's disk, so that the sender can confirm them.
/// <see cref="ShardWriter.OpenAck"/> makes it under the shard's gate, before the first record is committed.
/// </summary>
public sealed class PendingAck : IDisposable
{
    private readonly ShardWriter _shard;
    private readonly long _from;
    private readonly TaskCompletionSource<bool> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDropped;

    internal PendingAck(ShardWriter shard, long from) => (_shard, _from) = (shard, from);

    /// <summary>The last batch with such records; null while more follow.</summary>
    internal long? UpTo { get; set; }

    /// <summary>All records are committed. Call this under the shard's gate and await the task without it.</summary>
    /// <returns>False: a batch that may hold some of the records was dropped.</returns>
    public Task<bool> SettledAsync()
    {
        _shard.Close(this);
        return _settled.Task;
    }

    /// <summary>The sender no longer waits.</summary>
    public void Dispose() => _shard.Forget(this);

    // The batch that was open before holds records of other senders, and perhaps the first of these.
    internal void Note(long batch, bool isDropped) => _isDropped |= isDropped && batch >= _from && batch <= (UpTo ?? batch);

    internal void Complete() => _settled.TrySetResult(!_isDropped);
}
