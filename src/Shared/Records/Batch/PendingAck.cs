namespace Shared.Records.Batch;

/// <summary>
/// What a sender waits for before it says that it has records: that they are acknowledged, or on the spool's disk. Taken by
/// <see cref="ShardWriter.OpenAck"/> before the first of them is committed, under the shard's gate.
/// </summary>
public sealed class PendingAck : IDisposable
{
    private readonly ShardWriter _shard;
    private readonly long _from;
    private readonly TaskCompletionSource<bool> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDropped;

    internal PendingAck(ShardWriter shard, long from) => (_shard, _from) = (shard, from);

    /// <summary>The last batch that matters; null while more is written.</summary>
    internal long? UpTo { get; set; }

    /// <summary>Everything is committed. To be called under the shard's gate; the task is awaited without it.</summary>
    /// <returns>False: a batch that may hold some of the records was given up, and counted as dropped.</returns>
    public Task<bool> SettledAsync()
    {
        _shard.Close(this);
        return _settled.Task;
    }

    /// <summary>Nobody waits any more.</summary>
    public void Dispose() => _shard.Forget(this);

    // A batch that was open before holds records of others, and perhaps the first of these.
    internal void Note(long batch, bool isDropped) => _isDropped |= isDropped && batch >= _from && batch <= (UpTo ?? batch);

    internal void Complete() => _settled.TrySetResult(!_isDropped);
}
