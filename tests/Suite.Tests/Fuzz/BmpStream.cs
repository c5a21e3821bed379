using System.Buffers.Binary;

namespace Suite.Tests.Fuzz;

internal readonly record struct MessageRange(int Start, int Length);

/// <summary>The bytes of one captured router session, and the places of its messages.</summary>
internal sealed class BmpStream
{
    /// <summary>RFC 7854 4.1 and 4.2.</summary>
    public const int HeaderLength = 6, PerPeerHeaderLength = 42;

    private const byte PeerUp = 3, Initiation = 4, Termination = 5;

    private readonly int[] _peerUps;

    public BmpStream(byte[] bytes)
    {
        Bytes = bytes;
        var messages = new List<MessageRange>();
        for (int start = 0; LengthAt(bytes, start) is var length and > 0; start += length)
            messages.Add(new MessageRange(start, length));
        Messages = messages;
        _peerUps = new int[messages.Count];
        var last = new Dictionary<string, int>();
        for (int i = 0; i < messages.Count; i++)
        {
            var message = Message(i);
            bool hasPeer = message.Length >= HeaderLength + PerPeerHeaderLength && message[5] is not (Initiation or Termination);
            // The key of a peer is its type, distinguisher and address.
            string peer = hasPeer ? Convert.ToHexString(message.Slice(6, 1)) + Convert.ToHexString(message.Slice(8, 24)) : "";
            if (hasPeer && message[5] == PeerUp)
                last[peer] = i;
            _peerUps[i] = last.GetValueOrDefault(peer, -1);
        }
    }

    public byte[] Bytes { get; }

    public IReadOnlyList<MessageRange> Messages { get; }

    public ReadOnlySpan<byte> Message(int index) => Bytes.AsSpan(Messages[index].Start, Messages[index].Length);

    /// <summary>Returns the last Peer Up of the message's peer before it.</summary>
    public int? PeerUpOf(int index) => _peerUps[index] >= 0 && _peerUps[index] < index ? _peerUps[index] : null;

    /// <summary>Returns the whole message's length by its common header; 0 if there is no such header.</summary>
    public static int LengthAt(ReadOnlySpan<byte> bytes, int start)
    {
        if (bytes.Length - start < HeaderLength || bytes[start] is not (3 or 4))
            return 0;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[(start + 1)..]);
        return length >= HeaderLength && length <= (uint)(bytes.Length - start) ? (int)length : 0;
    }
}
