using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Captures.Pcap;

/// <summary>An unfragmented IPv4 (RFC 791) or IPv6 (RFC 8200) packet: its addresses and its payload after all headers.</summary>
/// <param name="TimeNs">Capture time, nanoseconds since 1970 UTC.</param>
/// <param name="Protocol">IANA protocol number of the payload.</param>
/// <param name="Payload">The captured part of the payload.</param>
/// <param name="PayloadLength">Bytes of the payload on the wire; more than <paramref name="Payload"/> if the snap length cut it.</param>
public readonly record struct IpPacket(
    ulong TimeNs, Ipv6Address Source, Ipv6Address Destination, byte Protocol, ReadOnlyMemory<byte> Payload, int PayloadLength)
{
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte IcmpV4 = 1;
    public const byte IcmpV6 = 58;

    private const int Ipv4HeaderBytes = 20;
    private const int Ipv6HeaderBytes = 40;
    private const int MaxExtensionHeaders = 16;

    public static PacketSkip TryRead(in CapturedPacket packet, out IpPacket ip)
    {
        ip = default;
        var skip = LinkLayer.FindIp(packet.LinkType, packet.Data.Span, out int at);
        if (skip != PacketSkip.None)
            return skip;
        var bytes = packet.Data[at..];
        return bytes.Span[0] >> 4 == 4 ? ReadV4(packet.TimeNs, bytes, out ip) : ReadV6(packet.TimeNs, bytes, out ip);
    }

    private static PacketSkip ReadV4(ulong timeNs, ReadOnlyMemory<byte> bytes, out IpPacket ip)
    {
        ip = default;
        var header = bytes.Span;
        if (header.Length < Ipv4HeaderBytes)
            return PacketSkip.HeaderCut;
        int headerBytes = (header[0] & 0x0F) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        // With segmentation offload, the length is 0 if the packet is captured before the card splits it.
        if (totalLength == 0)
            totalLength = header.Length;
        if (headerBytes < Ipv4HeaderBytes || totalLength < headerBytes || header.Length < headerBytes)
            return PacketSkip.HeaderCut;
        // More Fragments is set, or the Fragment Offset is not 0.
        if ((BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x3FFF) != 0)
            return PacketSkip.IpFragment;
        ip = new IpPacket(timeNs, Ipv6Address.FromV4(header[12..]), Ipv6Address.FromV4(header[16..]), header[9],
            bytes[headerBytes..Math.Min(totalLength, bytes.Length)], totalLength - headerBytes);
        return PacketSkip.None;
    }

    private static PacketSkip ReadV6(ulong timeNs, ReadOnlyMemory<byte> bytes, out IpPacket ip)
    {
        ip = default;
        var header = bytes.Span;
        if (header.Length < Ipv6HeaderBytes)
            return PacketSkip.HeaderCut;
        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        if (payloadLength == 0)
            payloadLength = bytes.Length - Ipv6HeaderBytes;
        var payload = bytes[Ipv6HeaderBytes..Math.Min(Ipv6HeaderBytes + payloadLength, bytes.Length)];
        byte next = header[6];
        for (int i = 0; i < MaxExtensionHeaders && IsExtension(next); i++)
        {
            var skip = SkipExtension(payload.Span, ref next, out int length);
            if (skip != PacketSkip.None)
                return skip;
            payload = payload[length..];
            payloadLength -= length;
        }
        ip = new IpPacket(timeNs, Ipv6Address.FromV6(header[8..]), Ipv6Address.FromV6(header[24..]), next, payload, payloadLength);
        return PacketSkip.None;
    }

    /// <summary>IANA "IPv6 Extension Header Types" without ESP, after which nothing can be read.</summary>
    private static bool IsExtension(byte protocol) => protocol is 0 or 43 or 44 or 51 or 60 or 135 or 139 or 140;

    /// <summary>
    /// RFC 8200 4: next header(1) length(1) in units of 8 bytes after the first 8. AH counts units of 4 bytes; a fragment header has 8
    /// bytes.
    /// </summary>
    private static PacketSkip SkipExtension(ReadOnlySpan<byte> bytes, ref byte protocol, out int length)
    {
        length = 0;
        if (bytes.Length < 8)
            return PacketSkip.HeaderCut;
        length = protocol switch { 44 => 8, 51 => (bytes[1] + 2) * 4, _ => (bytes[1] + 1) * 8 };
        if (length > bytes.Length)
            return PacketSkip.HeaderCut;
        // An atomic fragment (RFC 6946) is a whole packet: its offset is 0 and More Fragments is not set.
        if (protocol == 44 && (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) & 0xFFF9) != 0)
            return PacketSkip.IpFragment;
        protocol = bytes[0];
        return PacketSkip.None;
    }
}
