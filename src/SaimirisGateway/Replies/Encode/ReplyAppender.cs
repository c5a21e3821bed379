using SaimirisGateway.Replies.Decode;
using Shared.Records.Batch;

namespace SaimirisGateway.Replies.Encode;

/// <summary>
/// Appends replies of one agent to the open batch. They count after <see cref="Commit"/>, which comes before the shard's gate is released.
/// </summary>
/// <param name="sequence">The sequence number of the agent's last record.</param>
/// <param name="onCommitted">Gets the whole messages of each commit, and must not wait or keep the span; null when nobody listens.</param>
internal ref struct ReplyAppender(
    ShardWriter shard, ReplyEncoder encoder, ulong gatewayNs, ulong sequence, Action<ReadOnlySpan<byte>>? onCommitted)
{
    private Span<byte> _space;
    private int _written;
    private int _records;

    /// <summary>The sequence number of the agent's last record.</summary>
    public ulong Sequence { get; private set; } = sequence;

    /// <summary>Appends one reply. Returns false when no batch is free.</summary>
    public bool TryAppend(Reply reply)
    {
        if (_space.Length - _written < encoder.MaxSize)
        {
            Commit();
            if (!shard.TryReserve(encoder.MaxSize, out _space))
                return false;
        }
        _written += encoder.Write(_space[_written..], reply, gatewayNs, ++Sequence);
        _records++;
        return true;
    }

    public void Commit()
    {
        if (_records > 0)
        {
            shard.Account.Decoded += _records;
            shard.Commit(_written, _records);
            onCommitted?.Invoke(_space[.._written]);
        }
        _space = default;
        _written = _records = 0;
    }
}
