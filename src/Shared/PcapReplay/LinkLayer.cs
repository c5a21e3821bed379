using System.Buffers.Binary;

namespace Shared.PcapReplay;

/// <summary>Finds the IP packet behind the link layer's header.</summary>
internal static class LinkLayer
{
    private const int MaxVlanTags = 4;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86DD;
    private const ushort PppIpv4 = 0x0021;
    private const ushort PppIpv6 = 0x0057;

    public static PacketSkip FindIp(LinkType linkType, ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte> ip)
    {
        switch (linkType)
        {
            case LinkType.Ethernet:
                return BehindEtherType(frame, 12, 14, out ip);
            case LinkType.LinuxSll:
                return BehindEtherType(frame, 14, 16, out ip);
            case LinkType.LinuxSll2:
                return BehindEtherType(frame, 0, 20, out ip);
            case LinkType.CiscoHdlc:
                return BehindEtherType(frame, 2, 4, out ip);
            case LinkType.Ppp or LinkType.PppHdlc:
                return BehindPpp(frame, out ip);
            case LinkType.Null or LinkType.Loop:
                // The address family's number differs between systems; the IP version behind it does not.
                return Raw(frame, 4, out ip);
            case LinkType.Raw or LinkType.RawBsd or LinkType.RawOpenBsd or LinkType.Ipv4 or LinkType.Ipv6:
                return Raw(frame, 0, out ip);
            default:
                ip = default;
                return PacketSkip.LinkTypeUnknown;
        }
    }

    /// <summary>IEEE 802.1Q and 802.1ad: each tag is tag control(2) and the next EtherType(2).</summary>
    private static PacketSkip BehindEtherType(ReadOnlyMemory<byte> frame, int typeAt, int payloadAt, out ReadOnlyMemory<byte> ip)
    {
        ip = default;
        var octets = frame.Span;
        if (octets.Length < payloadAt)
            return PacketSkip.HeaderCut;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(octets[typeAt..]);
        for (int tags = 0; type is 0x8100 or 0x88A8 or 0x9100 && tags < MaxVlanTags; tags++)
        {
            if (octets.Length < payloadAt + 4)
                return PacketSkip.HeaderCut;
            type = BinaryPrimitives.ReadUInt16BigEndian(octets[(payloadAt + 2)..]);
            payloadAt += 4;
        }
        return type is EtherTypeIpv4 or EtherTypeIpv6 ? Raw(frame, payloadAt, out ip) : PacketSkip.NotIp;
    }

    /// <summary>RFC 1661 2 and RFC 1662 3.1: address and control (FF 03, or Cisco's 0F 00 and 8F 00 with an EtherType) may be left out.</summary>
    private static PacketSkip BehindPpp(ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte> ip)
    {
        ip = default;
        var octets = frame.Span;
        if (octets is [0x0F or 0x8F, ..])
            return BehindEtherType(frame, 2, 4, out ip);
        int at = octets is [0xFF, 0x03, ..] ? 2 : 0;
        if (octets.Length < at + 2)
            return PacketSkip.HeaderCut;
        // A protocol number whose first octet is odd has only that one.
        bool compressed = (octets[at] & 1) != 0;
        int protocol = compressed ? octets[at] : BinaryPrimitives.ReadUInt16BigEndian(octets[at..]);
        return protocol is PppIpv4 or PppIpv6 ? Raw(frame, at + (compressed ? 1 : 2), out ip) : PacketSkip.NotIp;
    }

    private static PacketSkip Raw(ReadOnlyMemory<byte> frame, int at, out ReadOnlyMemory<byte> ip)
    {
        ip = at < frame.Length ? frame[at..] : default;
        if (ip.IsEmpty)
            return PacketSkip.HeaderCut;
        return (ip.Span[0] >> 4) is 4 or 6 ? PacketSkip.None : PacketSkip.NotIp;
    }
}
