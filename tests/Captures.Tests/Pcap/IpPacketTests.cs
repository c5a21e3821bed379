using Captures.Pcap;
using Shared.Records.Wire;

namespace Captures.Tests.Pcap;

public sealed class IpPacketTests
{
    private static readonly byte[] _v4 = Frames.Ipv4("192.0.2.1", "192.0.2.2", 17, Frames.Udp(1, 2, [9]));
    private static readonly byte[] _v6 = Frames.Ipv6("2001:db8::1", "2001:db8::2", 17, Frames.Udp(1, 2, [9]));

    public static TheoryData<LinkType, byte[]> Links => new()
    {
        { LinkType.Ethernet, Frames.Ethernet(_v4) },
        { LinkType.Ethernet, Frames.Ethernet(_v6) },
        { LinkType.Ethernet, Frames.Ethernet(_v4, 100) },
        { LinkType.Ethernet, Frames.Ethernet(_v6, 200, 100) },
        { LinkType.Ethernet, [.. Frames.Ethernet(_v4), 0, 0, 0, 0] },
        { LinkType.Raw, _v4 },
        { LinkType.Raw, _v6 },
        { LinkType.RawBsd, _v4 },
        { LinkType.RawOpenBsd, _v6 },
        { LinkType.Ipv4, _v4 },
        { LinkType.Ipv6, _v6 },
        { LinkType.Null, [2, 0, 0, 0, .. _v4] },
        { LinkType.Loop, [0, 0, 0, 30, .. _v6] },
        { LinkType.LinuxSll, [.. new byte[14], 0x08, 0x00, .. _v4] },
        { LinkType.LinuxSll2, [0x86, 0xDD, .. new byte[18], .. _v6] },
        { LinkType.CiscoHdlc, [0x0F, 0, 0x08, 0x00, .. _v4] },
        { LinkType.PppHdlc, [0xFF, 0x03, 0x00, 0x21, .. _v4] },
        { LinkType.PppHdlc, [0x8F, 0x00, 0x86, 0xDD, .. _v6] },
        { LinkType.Ppp, [0x57, .. _v6] },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void The_datagram_is_found_after_each_link_header_and_no_cut_throws(LinkType linkType, byte[] frame)
    {
        Assert.Equal(PacketSkip.None, Read(linkType, frame, out var ip));
        Assert.True(UdpDatagram.TryRead(ip, out var datagram));
        Assert.Equal([9], datagram.Payload.ToArray());
        Assert.Equal((1, 2), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Contains(datagram.Source.ToString(), (string[])["192.0.2.1", "2001:db8::1"]);
        for (int cut = 0; cut < frame.Length; cut++)
        {
            if (Read(linkType, frame[..cut], out ip) == PacketSkip.None && UdpDatagram.TryRead(ip, out datagram))
                Assert.InRange(datagram.Payload.Length, 0, datagram.PayloadLength);
        }
    }

    [Fact]
    public void Extension_headers_are_walked_and_an_atomic_fragment_is_whole()
    {
        byte[] extensions = [60, 1, .. new byte[14], 44, 0, .. new byte[6], 17, 0, 0, 0, 1, 2, 3, 4];
        byte[] packet = Frames.Ipv6("::1", "::2", 0, [.. extensions, .. Frames.Udp(5, 6, [1, 2])]);
        Assert.Equal(PacketSkip.None, Read(LinkType.Raw, packet, out var ip));
        Assert.Equal((IpPacket.Udp, 10), (ip.Protocol, ip.PayloadLength));
    }

    [Fact]
    public void Fragments_and_whole_packets_are_distinguished()
    {
        Assert.Equal(PacketSkip.IpFragment, Read(LinkType.Raw, Frames.Ipv4("192.0.2.1", "192.0.2.2", 6, [], 0x2000), out _));
        Assert.Equal(PacketSkip.IpFragment, Read(LinkType.Raw, Frames.Ipv4("192.0.2.1", "192.0.2.2", 6, [], 0x0010), out _));
        Assert.Equal(PacketSkip.None, Read(LinkType.Raw, Frames.Ipv4("192.0.2.1", "192.0.2.2", 6, [], 0x4000), out _));
        byte[] v6 = Frames.Ipv6("::1", "::2", 44, [17, 0, 0, 1, 1, 2, 3, 4, .. Frames.Udp(5, 6, [1, 2])]);
        Assert.Equal(PacketSkip.IpFragment, Read(LinkType.Raw, v6, out _));
    }

    [Fact]
    public void Frames_without_IP_are_reported_as_such()
    {
        Assert.Equal(PacketSkip.NotIp, Read(LinkType.Ethernet, [.. new byte[12], 0x08, 0x06, .. new byte[28]], out _));
        Assert.Equal(PacketSkip.NotIp, Read(LinkType.Raw, [0x10, 0], out _));
        Assert.Equal(PacketSkip.LinkTypeUnknown, Read((LinkType)147, _v4, out _));
    }

    private static PacketSkip Read(LinkType linkType, byte[] frame, out IpPacket ip) =>
        IpPacket.TryRead(new CapturedPacket(1, 0, linkType, frame, (uint)frame.Length, 0), out ip);
}
