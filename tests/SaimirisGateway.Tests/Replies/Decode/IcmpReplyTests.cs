using SaimirisGateway.Replies.Decode;

namespace SaimirisGateway.Tests.Replies.Decode;

public class IcmpReplyTests
{
    private readonly Reply _reply = new();

    [Fact]
    public void A_quote_of_eight_transport_bytes_gives_every_field()
    {
        Assert.Equal(ReplyRejection.None, Read(Packets.TimeExceeded(sentAt: 100)));
        Assert.Equal(("192.0.2.1", "198.51.100.7", "198.51.100.7", "203.0.113.10"),
            (_reply.ReplySrcAddr.ToString(), _reply.ReplyDstAddr.ToString(), _reply.ProbeSrcAddr.ToString(),
                _reply.ProbeDstAddr.ToString()));
        Assert.Equal((24_000, 33_434, 5, 17, 35),
            (_reply.ProbeSrcPort, _reply.ProbeDstPort, _reply.ProbeTtl, _reply.ProbeProtocol, _reply.ProbeSize));
        Assert.Equal((56, 61, 1, 11), (_reply.ReplySize, _reply.ReplyTtl, _reply.ReplyQuotedTtl, _reply.ReplyIcmpType));
    }

    [Fact]
    public void Cut_anywhere_it_is_refused_and_never_read_beyond_its_bytes()
    {
        byte[] packet = Packets.TimeExceeded();
        for (int length = 1; length < packet.Length; length++)
        {
            var rejection = Read(packet[..length]);
            Assert.Equal(length < 28 ? ReplyRejection.PacketTruncated : ReplyRejection.QuoteTruncated, rejection);
        }
    }

    [Fact]
    public void Padding_after_the_quoted_packet_is_no_part_of_it()
    {
        // The quoted header claims to be the whole packet, so padding follows it, not a transport header.
        Assert.Equal(ReplyRejection.QuoteTruncated, Read(Packets.TimeExceeded(quotedLength: 20)));
        Assert.Equal(ReplyRejection.QuoteTruncated, Read(Packets.TimeExceeded(quotedLength: 27)));
    }

    [Fact]
    public void An_echo_reply_is_a_reply_of_the_probes_destination()
    {
        Assert.Equal(ReplyRejection.None, Read(Packets.EchoReply(24_001, 7, ttl: 12)));
        Assert.Equal(("203.0.113.10", "198.51.100.7"), (_reply.ProbeDstAddr.ToString(), _reply.ProbeSrcAddr.ToString()));
        Assert.Equal(
            (24_001, 0, 12, 1, 0), (_reply.ProbeSrcPort, _reply.ProbeDstPort, _reply.ProbeTtl, _reply.ProbeProtocol, _reply.ProbeSize));
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(47, false)]
    [InlineData(58, false)]
    public void Other_tools_probes_are_taken_without_what_caracal_encodes(byte protocol, bool isTaken)
    {
        Assert.Equal(isTaken ? ReplyRejection.None
            : ReplyRejection.ProbeProtocolUnknown, Read(Packets.TimeExceeded(quotedProtocol: protocol)));
        if (isTaken)
            Assert.Equal(
                (24_000, 33_434, 0, 0, 6), (_reply.ProbeSrcPort, _reply.ProbeDstPort, _reply.ProbeTtl, _reply.Rtt, _reply.ProbeProtocol));
    }

    [Fact]
    public void Packets_that_answer_nothing_and_broken_packets_are_distinguished()
    {
        byte[] redirect = Packets.TimeExceeded();
        redirect[20] = 5;
        byte[] udp = Packets.TimeExceeded();
        udp[9] = 17;
        byte[] fragment = Packets.TimeExceeded();
        fragment[6] = 0x20;
        byte[] quotedFragment = Packets.TimeExceeded();
        quotedFragment[35] = 1;
        byte[] otherVersion = Packets.TimeExceeded();
        otherVersion[28] = 0x65;
        Assert.Equal(
            [ReplyRejection.NotAReply, ReplyRejection.NotAReply, ReplyRejection.IpFragment, ReplyRejection.QuoteInvalid,
                ReplyRejection.QuoteInvalid],
            new[] { redirect, udp, fragment, quotedFragment, otherVersion }.Select(packet => Read(packet)));
    }

    [Fact]
    public void More_labels_than_there_is_room_for_refuse_the_reply()
    {
        byte[] TooMany(int labels)
        {
            byte[] quoted = new byte[128];
            Packets.TimeExceeded()[28..].CopyTo(quoted, 0);
            byte[] extension = [0x20, 0, 0, 0, .. Packets.U16(4 + labels * 4), 1, 1, .. new byte[labels * 4]];
            byte[] icmp = [11, 0, 0, 0, 0, 32, 0, 0, .. quoted, .. extension];
            return [.. Packets.Ipv4(20 + icmp.Length, 61, 1, "c0000201", "c6336407"), .. icmp];
        }
        Assert.Equal(ReplyRejection.None, Read(TooMany(Reply.MaxLabels)));
        Assert.Equal(Reply.MaxLabels, _reply.LabelCount);
        Assert.Equal(ReplyRejection.TooManyLabels, Read(TooMany(Reply.MaxLabels + 1)));
    }

    private ReplyRejection Read(byte[] packet) => IcmpReply.Read(packet, 1_000_000_000, null, _reply);
}
