using System.Buffers.Binary;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Decode;

/// <summary>
/// Reads ICMP (RFC 792) and ICMPv6 (RFC 4443) packets: Echo Reply, Destination Unreachable, Time Exceeded. It reads only captured bytes: a
/// packet that is longer than its capture is truncated.
/// </summary>
internal static class IcmpReply
{
    private const byte Icmp = 1, Icmpv6 = 58;
    private const byte EchoReply = 0, Unreachable = 3, TimeExceeded = 11;
    private const byte EchoReplyV6 = 129, UnreachableV6 = 1, TimeExceededV6 = 3;
    private const int IcmpHeaderBytes = 8;

    /// <param name="packet">The packet from its IP header on, at least one byte.</param>
    /// <param name="timeNs">The time of capture, nanoseconds since 1970 UTC.</param>
    /// <param name="caracalId">The sender's caracal-id; null when the integrity of probes is not checked.</param>
    public static ReplyRejection Read(ReadOnlySpan<byte> packet, ulong timeNs, ushort? caracalId, Reply reply)
    {
        reply.TimeReceivedNs = timeNs;
        reply.LabelCount = 0;
        reply.IsVerified = false;
        return packet[0] >> 4 == 4 ? ReadV4(packet, timeNs, caracalId, reply) : ReadV6(packet, timeNs, reply);
    }

    private static ReplyRejection ReadV4(ReadOnlySpan<byte> packet, ulong timeNs, ushort? caracalId, Reply reply)
    {
        if (packet.Length < Ipv4Header.Bytes)
            return ReplyRejection.PacketTruncated;
        if (packet[9] != Icmp)
            return ReplyRejection.NotAReply;
        int headerBytes = Ipv4Header.HeaderBytes(packet);
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (Ipv4Header.IsFragment(packet))
            return ReplyRejection.IpFragment;
        int end = Math.Min(totalLength, packet.Length);
        if (headerBytes < Ipv4Header.Bytes || end < headerBytes + IcmpHeaderBytes)
            return ReplyRejection.PacketTruncated;
        var icmp = packet[headerBytes..end];
        if (icmp[0] is not (EchoReply or Unreachable or TimeExceeded))
            return ReplyRejection.NotAReply;
        reply.ReplySrcAddr = Ipv6Address.FromV4(packet[12..]);
        reply.ReplyDstAddr = Ipv6Address.FromV4(packet[16..]);
        reply.ReplyId = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        reply.ReplySize = (ushort)totalLength;
        reply.ReplyTtl = packet[8];
        reply.ReplyProtocol = Icmp;
        reply.ReplyIcmpType = icmp[0];
        reply.ReplyIcmpCode = icmp[1];
        if (icmp[0] == EchoReply)
        {
            ReadEcho(icmp, totalLength - headerBytes, timeNs, reply);
            return ReplyRejection.None;
        }
        // RFC 4884 4.1: byte 5 is the length of the quoted packet in words of 32 bits.
        int quoteBytes = icmp[5] * 4;
        var rejection = QuotedProbe.ReadV4(Quote(icmp, quoteBytes), timeNs, caracalId, reply);
        return rejection == ReplyRejection.None && MplsExtension.MayFollow(icmp, quoteBytes)
            ? MplsExtension.Read(icmp, quoteBytes, reply)
            : rejection;
    }

    private static ReplyRejection ReadV6(ReadOnlySpan<byte> packet, ulong timeNs, Reply reply)
    {
        if (packet.Length < Ipv6Header.Bytes)
            return ReplyRejection.PacketTruncated;
        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        var icmp = packet[Ipv6Header.Bytes..Math.Min(Ipv6Header.Bytes + payloadLength, packet.Length)];
        int icmpLength = payloadLength;
        byte next = packet[6];
        if (next != Icmpv6)
        {
            var skipped = Ipv6Header.SkipExtensions(ref icmp, ref next, ref icmpLength);
            if (skipped != ReplyRejection.None)
                return skipped;
            if (next != Icmpv6)
                return ReplyRejection.NotAReply;
        }
        if (icmp.Length < IcmpHeaderBytes)
            return ReplyRejection.PacketTruncated;
        if (icmp[0] is not (EchoReplyV6 or UnreachableV6 or TimeExceededV6))
            return ReplyRejection.NotAReply;
        reply.ReplySrcAddr = Ipv6Address.FromV6(packet[8..]);
        reply.ReplyDstAddr = Ipv6Address.FromV6(packet[24..]);
        reply.ReplyId = 0;
        reply.ReplySize = (ushort)payloadLength;
        reply.ReplyTtl = packet[7];
        reply.ReplyProtocol = Icmpv6;
        reply.ReplyIcmpType = icmp[0];
        reply.ReplyIcmpCode = icmp[1];
        if (icmp[0] == EchoReplyV6)
        {
            ReadEcho(icmp, icmpLength, timeNs, reply);
            return ReplyRejection.None;
        }
        // RFC 4884 4.2: byte 4 is the length of the quoted packet in words of 64 bits.
        int quoteBytes = icmp[4] * 8;
        var rejection = QuotedProbe.ReadV6(Quote(icmp, quoteBytes), timeNs, reply);
        return rejection == ReplyRejection.None && MplsExtension.MayFollow(icmp, quoteBytes)
            ? MplsExtension.Read(icmp, quoteBytes, reply)
            : rejection;
    }

    // The quoted packet, without the extension if the length field says where that begins.
    private static ReadOnlySpan<byte> Quote(ReadOnlySpan<byte> icmp, int quoteBytes)
    {
        var quote = icmp[IcmpHeaderBytes..];
        return quoteBytes > 0 && quoteBytes < quote.Length ? quote[..quoteBytes] : quote;
    }

    // type(1) code(1) checksum(2) identifier(2) sequence(2). An echo reply quotes nothing, so its source counts as the probe's destination.
    private static void ReadEcho(ReadOnlySpan<byte> icmp, int icmpLength, ulong timeNs, Reply reply)
    {
        reply.ProbeSrcAddr = reply.ReplyDstAddr;
        reply.ProbeDstAddr = reply.ReplySrcAddr;
        reply.ReplyQuotedTtl = 0;
        reply.ProbeId = 0;
        reply.ProbeSize = 0;
        reply.ProbeProtocol = reply.ReplyProtocol;
        reply.ProbeSrcPort = BinaryPrimitives.ReadUInt16BigEndian(icmp[4..]);
        reply.ProbeDstPort = 0;
        CaracalProbe.Read(icmpLength, BinaryPrimitives.ReadUInt16BigEndian(icmp[6..]), timeNs, reply);
    }
}
