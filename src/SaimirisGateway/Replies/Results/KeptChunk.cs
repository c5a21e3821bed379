using System.Runtime.InteropServices;
using SaimirisGateway.Replies.Record;

namespace SaimirisGateway.Replies.Results;

/// <summary>Some replies of one agent to one measurement, one behind the other as Cap'n Proto messages. Octets below <see cref="Length"/> never change.</summary>
internal sealed class KeptChunk(KeptStream stream, int capacity)
{
    public KeptStream Stream { get; } = stream;

    public byte[] Octets { get; } = new byte[capacity];

    public int Length { get; private set; }

    /// <summary>Sequence number of the last reply in it.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>When the gateway read that reply, nanoseconds since 1970 UTC.</summary>
    public ulong LastGatewayNs { get; private set; }

    public int Replies { get; private set; }

    public bool TryAppend(ReadOnlySpan<byte> message, ulong sequence)
    {
        if (!message.TryCopyTo(Octets.AsSpan(Length)))
            return false;
        Length += message.Length;
        LastSequence = sequence;
        LastGatewayNs = MemoryMarshal.AsRef<ReplyRow>(message).TimeGatewayNs;
        Replies++;
        return true;
    }
}
