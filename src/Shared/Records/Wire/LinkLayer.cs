using System.Buffers.Binary;

namespace Shared.Records.Wire;

/// <summary>Finds the IP packet after the link layer's header.</summary>
public static class LinkLayer
{
    private const int MaxVlanTags = 4;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86DD;
    private const ushort PppIpv4 = 0x0021;
    private const ushort PppIpv6 = 0x0057;

    /// <summary>True if <see cref="FindIp"/> can read frames of this type.</summary>
    public static bool Knows(LinkType linkType) => FindIp(linkType, default, out _) != PacketSkip.LinkTypeUnknown;

    /// <summary>Finds the IP header in a frame.</summary>
    /// <param name="linkType">The frame's type.</param>
    /// <param name="frame">The frame, link layer header included.</param>
    /// <param name="at">The byte of <paramref name="frame"/> at which the IP header begins; the frame has at least that byte.</param>
    public static PacketSkip FindIp(LinkType linkType, ReadOnlySpan<byte> frame, out int at)
    {
        switch (linkType)
        {
            case LinkType.Ethernet:
                return AfterEtherType(frame, 12, 14, out at);
            case LinkType.LinuxSll:
                return AfterEtherType(frame, 14, 16, out at);
            case LinkType.LinuxSll2:
                return AfterEtherType(frame, 0, 20, out at);
            case LinkType.CiscoHdlc:
                return AfterEtherType(frame, 2, 4, out at);
            case LinkType.Ppp or LinkType.PppHdlc:
                return AfterPpp(frame, out at);
            case LinkType.Null or LinkType.Loop:
                // The address family's number differs between systems; the IP version after it does not.
                return Raw(frame, 4, out at);
            case LinkType.Raw or LinkType.RawBsd or LinkType.RawOpenBsd or LinkType.Ipv4 or LinkType.Ipv6:
                return Raw(frame, 0, out at);
            default:
                at = 0;
                return PacketSkip.LinkTypeUnknown;
        }
    }

    /// <summary>IEEE 802.1Q and 802.1ad: each tag is tag control(2) and the next EtherType(2).</summary>
    private static PacketSkip AfterEtherType(ReadOnlySpan<byte> frame, int typeAt, int payloadAt, out int at)
    {
        at = 0;
        if (frame.Length < payloadAt)
            return PacketSkip.HeaderCut;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[typeAt..]);
        for (int tags = 0; type is 0x8100 or 0x88A8 or 0x9100 && tags < MaxVlanTags; tags++)
        {
            if (frame.Length < payloadAt + 4)
                return PacketSkip.HeaderCut;
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(payloadAt + 2)..]);
            payloadAt += 4;
        }
        return type is EtherTypeIpv4 or EtherTypeIpv6 ? Raw(frame, payloadAt, out at) : PacketSkip.NotIp;
    }

    /// <summary>
    /// RFC 1661 2 and RFC 1662 3.1: address and control (FF 03, or Cisco's 0F 00 and 8F 00 with an EtherType) may be missing.
    /// </summary>
    private static PacketSkip AfterPpp(ReadOnlySpan<byte> frame, out int at)
    {
        at = 0;
        if (frame is [0x0F or 0x8F, ..])
            return AfterEtherType(frame, 2, 4, out at);
        int protocolAt = frame is [0xFF, 0x03, ..] ? 2 : 0;
        if (frame.Length < protocolAt + 2)
            return PacketSkip.HeaderCut;
        // If the first byte of the protocol number is odd, the number has only that byte.
        bool compressed = (frame[protocolAt] & 1) != 0;
        int protocol = compressed ? frame[protocolAt] : BinaryPrimitives.ReadUInt16BigEndian(frame[protocolAt..]);
        return protocol is PppIpv4 or PppIpv6 ? Raw(frame, protocolAt + (compressed ? 1 : 2), out at) : PacketSkip.NotIp;
    }

    private static PacketSkip Raw(ReadOnlySpan<byte> frame, int ipAt, out int at)
    {
        at = ipAt;
        if (ipAt >= frame.Length)
            return PacketSkip.HeaderCut;
        return (frame[ipAt] >> 4) is 4 or 6 ? PacketSkip.None : PacketSkip.NotIp;
    }
}
