namespace Shared.Records.Batch;

/// <summary>
/// One Kafka value in the making: whole Cap'n Proto messages, one behind the other. It belongs to one shard of one topic,
/// whose owner gets its memory back by <see cref="Release"/> once the sink is done with it, and not before.
/// </summary>
public sealed class RecordBatch
{
    private readonly IBatchOwner _owner;
    private int _released;

    /// <param name="owner">Gets the memory back.</param>
    /// <param name="account">Of the shard that the records belong to.</param>
    /// <param name="capacity">Octets.</param>
    internal RecordBatch(IBatchOwner owner, ShardAccount account, int capacity)
    {
        _owner = owner;
        Account = account;
        // Pinned: a sink may hand the bytes to native code without a copy.
        Buffer = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    }

    /// <summary>The memory; the first <see cref="Length"/> octets are the value.</summary>
    public byte[] Buffer { get; }

    /// <summary>Octets of whole messages.</summary>
    public int Length { get; internal set; }

    /// <summary>How many messages.</summary>
    public int Records { get; internal set; }

    /// <summary>The shard, which is also the Kafka message key.</summary>
    public int Shard => Account.Shard;

    public string Topic => Account.Topic;

    /// <summary>Where its records are counted.</summary>
    public ShardAccount Account { get; }

    /// <summary>Counts the shard's closed batches, from 1; 0 where it was read back from the spool.</summary>
    internal long Number { get; set; }

    /// <summary><see cref="TimeProvider.GetTimestamp"/> of the first message's commit.</summary>
    internal long OpenedAt { get; set; }

    public ReadOnlySpan<byte> Value => Buffer.AsSpan(0, Length);

    /// <summary>Gives the memory back to the shard. To be called once, when the value is acknowledged, kept elsewhere, or given up and counted.</summary>
    /// <exception cref="InvalidOperationException">It was given back before: two writers would get the same memory.</exception>
    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) == 1)
            throw new InvalidOperationException("a batch was released twice");
        _owner.Return(this);
    }

    /// <summary>A copy of it is on disk: whoever waits for that need not wait until its memory comes back.</summary>
    public void Settle() => _owner.Settle(this);

    /// <summary>Its records were given up since it was opened.</summary>
    internal bool IsDropped { get; private set; }

    /// <summary>Its records are lost.</summary>
    public void Drop(RecordState from, string reason)
    {
        IsDropped = true;
        Account.Drop(from, reason, Records);
        Account.Lost?.Invoke(Buffer.AsMemory(0, Length));
    }

    /// <summary>The broker refuses it for good; it is kept in a file of the <c>rejected</c> folder.</summary>
    public void Reject(RecordState from, string reason)
    {
        Account.Reject(from, reason, Records);
        Account.Lost?.Invoke(Buffer.AsMemory(0, Length));
    }

    /// <summary>It is in use again.</summary>
    internal void Taken()
    {
        IsDropped = false;
        _released = 0;
    }
}
