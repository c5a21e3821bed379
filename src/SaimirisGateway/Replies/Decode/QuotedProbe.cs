using System.Buffers.Binary;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Decode;

/// <summary>Reads the packet that an ICMP error quotes. It needs the IP header and 8 more bytes, as RFC 792 demands.</summary>
internal static class QuotedProbe
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17, Icmpv6 = 58;
    private const byte EchoRequest = 8, EchoRequestV6 = 128;
    private const int TransportBytes = 8;

    public static ReplyRejection ReadV4(ReadOnlySpan<byte> quote, ulong timeNs, ushort? caracalId, Reply reply)
    {
        if (quote.Length < Ipv4Header.Bytes)
            return ReplyRejection.QuoteTruncated;
        int headerBytes = Ipv4Header.HeaderBytes(quote);
        if (quote[0] >> 4 != 4 || headerBytes < Ipv4Header.Bytes || Ipv4Header.IsLaterFragment(quote))
            return ReplyRejection.QuoteInvalid;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(quote[2..]);
        // The bytes after the end of the quoted packet are padding or an extension.
        if (Math.Min(quote.Length, totalLength) < headerBytes + TransportBytes)
            return ReplyRejection.QuoteTruncated;
        reply.ProbeSrcAddr = Ipv6Address.FromV4(quote[12..]);
        reply.ProbeDstAddr = Ipv6Address.FromV4(quote[16..]);
        reply.ProbeId = BinaryPrimitives.ReadUInt16BigEndian(quote[4..]);
        reply.ProbeSize = (ushort)totalLength;
        reply.ReplyQuotedTtl = quote[8];
        var rejection = ReadTransport(quote[headerBytes..], quote[9], totalLength - headerBytes, timeNs, reply);
        if (caracalId is not { } id || rejection != ReplyRejection.None)
            return rejection;
        reply.IsVerified = CaracalProbe.Identification(id, quote[16..], reply.ProbeSrcPort, reply.ProbeTtl) == reply.ProbeId;
        return reply.IsVerified ? ReplyRejection.None : ReplyRejection.IntegrityFailed;
    }

    public static ReplyRejection ReadV6(ReadOnlySpan<byte> quote, ulong timeNs, Reply reply)
    {
        if (quote.Length < Ipv6Header.Bytes)
            return ReplyRejection.QuoteTruncated;
        if (quote[0] >> 4 != 6)
            return ReplyRejection.QuoteInvalid;
        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(quote[4..]);
        var transport = quote[Ipv6Header.Bytes..Math.Min(Ipv6Header.Bytes + payloadLength, quote.Length)];
        byte next = quote[6];
        int length = payloadLength;
        if (next is not (Udp or Icmpv6)
            && Ipv6Header.SkipExtensions(ref transport, ref next, ref length) is var skipped and not ReplyRejection.None)
        {
            return skipped == ReplyRejection.IpFragment ? ReplyRejection.QuoteInvalid : ReplyRejection.QuoteTruncated;
        }
        if (transport.Length < TransportBytes)
            return ReplyRejection.QuoteTruncated;
        reply.ProbeSrcAddr = Ipv6Address.FromV6(quote[8..]);
        reply.ProbeDstAddr = Ipv6Address.FromV6(quote[24..]);
        reply.ProbeId = 0;
        reply.ProbeSize = (ushort)payloadLength;
        reply.ReplyQuotedTtl = quote[7];
        return ReadTransport(transport, next, length, timeNs, reply);
    }

    /// <param name="bytes">At least 8 bytes.</param>
    /// <param name="length">The length in the IP header.</param>
    private static ReplyRejection ReadTransport(ReadOnlySpan<byte> bytes, byte protocol, int length, ulong timeNs, Reply reply)
    {
        ulong first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        reply.ProbeProtocol = protocol;
        switch (protocol)
        {
            // RFC 768: source port(2) destination port(2) length(2) checksum(2).
            case Udp:
                reply.ProbeSrcPort = (ushort)(first >> 48);
                reply.ProbeDstPort = (ushort)(first >> 32);
                CaracalProbe.Read((ushort)(first >> 16), (ushort)first, timeNs, reply);
                return ReplyRejection.None;
            // type(1) code(1) checksum(2) identifier(2) sequence(2).
            case Icmp or Icmpv6 when bytes[0] == (protocol == Icmp ? EchoRequest : EchoRequestV6):
                reply.ProbeSrcPort = (ushort)(first >> 16);
                reply.ProbeDstPort = 0;
                CaracalProbe.Read(length, (ushort)first, timeNs, reply);
                return ReplyRejection.None;
            // RFC 9293 3.1: source port(2) destination port(2). caracal does not send TCP; other tools do.
            case Tcp:
                reply.ProbeSrcPort = (ushort)(first >> 48);
                reply.ProbeDstPort = (ushort)(first >> 32);
                CaracalProbe.Read(0, 0, timeNs, reply);
                return ReplyRejection.None;
            default:
                return ReplyRejection.ProbeProtocolUnknown;
        }
    }
}
