using System.Buffers.Binary;

namespace SaimirisGateway.Tests;

/// <summary>Writes packets and pcaps field by field, as the RFCs and caracal's sources describe them.</summary>
internal static class Packets
{
    /// <summary>A reply to a UDP probe with TTL 5 that is quoted down to its first 8 transport bytes.</summary>
    public static byte[] TimeExceeded(ushort sentAt = 100, byte ttl = 5, byte quotedProtocol = 17, int quotedLength = -1) =>
    [
        .. Ipv4(20 + 8 + 28, 61, 1, "c0000201", "c6336407"), 11, 0, 0, 0, 0, 0, 0, 0,
        .. Ipv4(quotedLength < 0 ? 30 + ttl : quotedLength, 1, quotedProtocol, "c6336407", "cb00710a"), .. U16(24_000), .. U16(33_434),
        .. U16(10 + ttl), .. U16(sentAt),
    ];

    public static byte[] EchoReply(ushort identifier, ushort sentAt, byte ttl) =>
        [.. Ipv4(30 + ttl, 61, 1, "cb00710a", "c6336407"), 0, 0, 0, 0, .. U16(identifier), .. U16(sentAt), .. new byte[2 + ttl]];

    public static byte[] Pcap(uint linkType, bool bigEndian, bool nanoseconds, params byte[][] packets)
    {
        List<byte> file = [.. U32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4, bigEndian), .. new byte[16], .. U32(linkType, bigEndian)];
        foreach (byte[] packet in packets)
        {
            uint fraction = nanoseconds ? 250_000_000u : 250_000u;
            file.AddRange(
                [.. U32(1_700_000_000, bigEndian), .. U32(fraction, bigEndian), .. U32((uint)packet.Length, bigEndian),
                .. U32((uint)packet.Length, bigEndian), .. packet]);
        }
        return [.. file];
    }

    public static byte[] Ipv4(int length, byte ttl, byte protocol, string source, string destination) =>
        [0x45, 0, .. U16((ushort)length), 0x12, 0x34, 0, 0, ttl, protocol, 0, 0, .. Convert.FromHexString(source),
            .. Convert.FromHexString(destination)];

    public static byte[] U16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] U32(uint value, bool bigEndian)
    {
        var bytes = new byte[4];
        if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
