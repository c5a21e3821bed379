using System.Buffers.Binary;
using System.Net;

namespace Risotto.Tests.Listen;

/// <summary>Writes a router's BMP stream for tests of what stands around the pipeline (RFC 7854 4, RFC 4271 4).</summary>
internal sealed class BmpStream
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public int Length => _bytes.Count;

    /// <summary>An Initiation with sysName and sysDescr.</summary>
    public BmpStream Initiation() => Message(4, [0, 2, 0, 2, (byte)'r', (byte)'1', 0, 1, 0, 4, .. "test"u8]);

    /// <summary>An IPv4 peer comes up, with OPENs that carry the 4-byte AS capability and nothing else.</summary>
    public BmpStream PeerUp(string peer)
    {
        byte[] open = Bgp(1, [4, 0xFD, 0xE9, 0, 90, 10, 0, 0, 1, 8, 2, 6, 65, 4, 0, 0, 0xFD, 0xE9]);
        return Message(3, [.. PerPeer(peer), .. new byte[12], 192, 0, 2, 1, 0, 179, 0x9C, 0x40, .. open, .. open]);
    }

    public BmpStream PeerDown(string peer, byte reason = 4) => Message(2, [.. PerPeer(peer), reason]);

    /// <summary>Announces 10.a.b.0/24 with the shortest attributes there are.</summary>
    public BmpStream Announce(string peer, byte a, byte b)
    {
        byte[] attributes = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xFD, 0xE9, 0x40, 3, 4, 192, 0, 2, 9];
        return Message(0, [.. PerPeer(peer), .. Bgp(2, [0, 0, 0, (byte)attributes.Length, .. attributes, 24, 10, a, b])]);
    }

    /// <summary>End-of-RIB of IPv4 unicast, RFC 4724 2.</summary>
    public BmpStream EndOfRib(string peer) => Message(0, [.. PerPeer(peer), .. Bgp(2, [0, 0, 0, 0])]);

    public BmpStream Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    private BmpStream Message(byte type, byte[] body)
    {
        byte[] header = [3, 0, 0, 0, 0, type];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), header.Length + body.Length);
        return Raw([.. header, .. body]);
    }

    private static byte[] PerPeer(string peer)
    {
        byte[] address = IPAddress.Parse(peer).GetAddressBytes();
        return [0, 0, .. new byte[8], .. new byte[16 - address.Length], .. address, 0, 0, 0xFD, 0xE9, 10, 0, 0, 1, 0x65, 0, 0, 0, 0, 0, 0,
            1];
    }

    private static byte[] Bgp(byte type, byte[] body) =>
        [.. Enumerable.Repeat((byte)0xFF, 16), (byte)((19 + body.Length) >> 8), (byte)(19 + body.Length), type, .. body];
}
