using SaimirisGateway.Replies.Decode;
using Shared.Records.Batch;

namespace SaimirisGateway.Replies.Encode;

/// <summary>Appends replies of one agent to the open batch. What is written counts with <see cref="Commit"/>, before the shard's gate is released.</summary>
/// <param name="observer">Sees what is written; null: nobody wants to.</param>
internal ref struct ReplyAppender(ShardWriter shard, ReplyEncoder encoder, ulong gatewayNs, ulong sequence, ICommittedReplies? observer)
{
    private Span<byte> _space;
    private int _written;
    private int _records;

    /// <summary>Of the agent's last record.</summary>
    public ulong Sequence { get; private set; } = sequence;

    /// <summary>False: no batch is free.</summary>
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
            observer?.OnCommitted(_space[.._written]);
        }
        _space = default;
        _written = _records = 0;
    }
}
