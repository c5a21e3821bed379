using System.Runtime.InteropServices;
using SaimirisGateway.Replies.Record;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>
/// Holds some replies of one agent to one measurement as Cap'n Proto messages. Bytes below <see cref="Length"/> never change.
/// </summary>
internal sealed class ReplyChunk(AgentReplies owner, int capacity)
{
    public AgentReplies Owner { get; } = owner;

    public byte[] Bytes { get; } = new byte[capacity];

    public int Length { get; private set; }

    /// <summary>The sequence number of the last reply in it.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>The time at which the gateway read that reply, nanoseconds since 1970 UTC.</summary>
    public ulong LastGatewayNs { get; private set; }

    /// <summary>The number of replies in it.</summary>
    public int Count { get; private set; }

    /// <summary>Returns false when the message does not fit.</summary>
    public bool TryAppend(ReadOnlySpan<byte> message, ulong sequence)
    {
        if (!message.TryCopyTo(Bytes.AsSpan(Length)))
            return false;
        Length += message.Length;
        LastSequence = sequence;
        LastGatewayNs = MemoryMarshal.AsRef<ReplyRow>(message).TimeGatewayNs;
        Count++;
        return true;
    }
}
