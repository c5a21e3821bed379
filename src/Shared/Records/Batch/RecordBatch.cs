namespace Shared.Records.Batch;

/// <summary>
/// Holds one Kafka value: whole Cap'n Proto messages of one shard of one topic. The sink gives its memory back to the owner by
/// <see cref="Release"/> when it no longer needs it, and not before.
/// </summary>
public sealed class RecordBatch
{
    private readonly IBatchOwner _owner;
    private int _released;

    /// <param name="owner">The owner of the memory.</param>
    /// <param name="account">The account of the records' shard.</param>
    /// <param name="capacity">Bytes.</param>
    internal RecordBatch(IBatchOwner owner, ShardAccount account, int capacity)
    {
        _owner = owner;
        Account = account;
        // Pinned, so that a sink can give the bytes to native code without a copy.
        Buffer = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    }

    /// <summary>The memory; the first <see cref="Length"/> bytes are the value.</summary>
    public byte[] Buffer { get; }

    /// <summary>Bytes of whole messages.</summary>
    public int Length { get; internal set; }

    /// <summary>The number of messages.</summary>
    public int Records { get; internal set; }

    /// <summary>The shard, which is also the Kafka message key.</summary>
    public int Shard => Account.Shard;

    public string Topic => Account.Topic;

    /// <summary>The account that counts its records.</summary>
    public ShardAccount Account { get; }

    /// <summary>The batch's number among the shard's closed batches, from 1; 0 for a batch from the spool.</summary>
    internal long Number { get; set; }

    /// <summary>The <see cref="TimeProvider.GetTimestamp"/> of the first message's commit.</summary>
    internal long OpenedAt { get; set; }

    public ReadOnlySpan<byte> Value => Buffer.AsSpan(0, Length);

    /// <summary>Gives the memory back. Call this once, when the value is acknowledged, kept elsewhere, or dropped and counted.</summary>
    /// <exception cref="InvalidOperationException">A second call: two writers would get the same memory.</exception>
    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) == 1)
            throw new InvalidOperationException("a batch was released twice");
        _owner.Return(this);
    }

    /// <summary>A copy of the batch is on disk. Senders that wait for that need not wait for the memory.</summary>
    public void Settle() => _owner.Settle(this);

    /// <summary>The batch's records were dropped.</summary>
    internal bool IsDropped { get; private set; }

    /// <summary>Counts the batch's records as lost.</summary>
    public void Drop(RecordState from, string reason)
    {
        IsDropped = true;
        Account.Drop(from, reason, Records);
        Account.Lost?.Invoke(Buffer.AsMemory(0, Length));
    }

    /// <summary>Counts the batch's records as refused permanently; a file of the <c>rejected</c> folder keeps them.</summary>
    public void Reject(RecordState from, string reason)
    {
        Account.Reject(from, reason, Records);
        Account.Lost?.Invoke(Buffer.AsMemory(0, Length));
    }

    /// <summary>A writer takes the memory again.</summary>
    internal void Taken()
    {
        IsDropped = false;
        _released = 0;
    }
}
