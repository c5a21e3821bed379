using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace SaimirisGateway.Replies.Results;

/// <summary>The fields of a reply in schemas/reply.capnp, for JSON.</summary>
internal static class ReplySchema
{
    private static readonly RecordSchema Mpls = new(UInt32("label", 0), UInt8("exp", 4), UInt8("sBit", 5), UInt8("ttl", 6));

    public static readonly RecordSchema Record = new(
        UInt64("timeReceivedNs", 0),
        Text("agentId", 0),
        Address("replySrcAddr", 1),
        Address("replyDstAddr", 2),
        UInt16("replyId", 8),
        UInt16("replySize", 10),
        UInt8("replyTtl", 12),
        UInt8("replyQuotedTtl", 13),
        UInt8("replyProtocol", 14),
        UInt8("replyIcmpType", 15),
        UInt8("replyIcmpCode", 16),
        List("replyMplsLabel", 3, Mpls),
        Address("probeSrcAddr", 4),
        Address("probeDstAddr", 5),
        UInt16("probeId", 18),
        UInt16("probeSize", 20),
        UInt8("probeTtl", 17),
        UInt8("probeProtocol", 22),
        UInt16("probeSrcPort", 24),
        UInt16("probeDstPort", 26),
        UInt16("rtt", 28),
        Text("measurementId", 6),
        UInt32("rttMicros", 32),
        UInt64("timeGatewayNs", 40),
        UInt64("collectorEpochNs", 48),
        UInt64("sequence", 56),
        Text("collectorId", 7));
}
