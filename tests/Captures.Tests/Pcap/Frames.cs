using System.Buffers.Binary;
using System.Net;

namespace Captures.Tests.Pcap;

/// <summary>Writes IP packets byte by byte by RFC 791, 8200, 9293 and 768. Checksums are 0, because the readers ignore them.</summary>
internal static class Frames
{
    public const byte Fin = 0x01;
    public const byte Syn = 0x02;
    public const byte Rst = 0x04;
    public const byte Ack = 0x10;

    public static byte[] Ipv4(string source, string destination, byte protocol, byte[] payload, ushort fragment = 0)
    {
        byte[] header =
        [
            0x45, 0, .. UInt16(20 + payload.Length), 0, 0, .. UInt16(fragment), 64, protocol, 0, 0,
            .. IPAddress.Parse(source).GetAddressBytes(), .. IPAddress.Parse(destination).GetAddressBytes(),
        ];
        return [.. header, .. payload];
    }

    public static byte[] Ipv6(string source, string destination, byte nextHeader, byte[] payload) =>
    [
        0x60, 0, 0, 0, .. UInt16(payload.Length), nextHeader, 64,
        .. IPAddress.Parse(source).GetAddressBytes(), .. IPAddress.Parse(destination).GetAddressBytes(), .. payload,
    ];

    public static byte[] Tcp(ushort sourcePort, ushort destinationPort, uint sequence, byte flags, byte[] payload) =>
        [.. UInt16(sourcePort), .. UInt16(destinationPort), .. UInt32(sequence), 0, 0, 0, 0, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0,
            .. payload];

    public static byte[] Udp(ushort sourcePort, ushort destinationPort, byte[] payload) =>
        [.. UInt16(sourcePort), .. UInt16(destinationPort), .. UInt16(8 + payload.Length), 0, 0, .. payload];

    public static byte[] Ethernet(byte[] ip, params ushort[] vlans)
    {
        byte[] tags = [.. vlans.SelectMany((vlan, i) => (byte[])[.. UInt16(i + 1 < vlans.Length ? 0x88A8 : 0x8100), .. UInt16(vlan)])];
        return [.. new byte[12], .. tags, .. UInt16(ip[0] >> 4 == 4 ? 0x0800 : 0x86DD), .. ip];
    }

    public static byte[] UInt16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
