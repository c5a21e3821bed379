namespace Shared.Kafka;

/// <summary>
/// One Kafka value in the making: whole Cap'n Proto messages, one behind the other. It belongs to one shard of one topic,
/// which gets its memory back by <see cref="Release"/> once the sink is done with it, and not before.
/// </summary>
public sealed class RecordBatch
{
    private readonly ShardWriter _owner;
    private int _released;

    internal RecordBatch(ShardWriter owner, int capacity)
    {
        _owner = owner;
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
    public int Shard => _owner.Shard;

    public string Topic => _owner.Topic;

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

    /// <summary>The shard has opened it again.</summary>
    internal void Taken() => _released = 0;
}
