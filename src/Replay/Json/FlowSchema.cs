using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace Replay.Json;

/// <summary>schemas/sflow.capnp: one flow sample.</summary>
internal static class FlowSchema
{
    public static readonly RecordSchema Flow = new(
        UInt64("timeReceivedNs", 0),
        Address("agentAddr", 0),
        UInt16("agentPort", 8),
        UInt32("agentSubId", 12),
        UInt32("datagramSequenceNumber", 16),
        UInt32("uptime", 20),
        UInt32("sampleSequenceNumber", 24),
        UInt32("sourceId", 28),
        UInt32("samplingRate", 32),
        UInt32("samplePool", 36),
        UInt32("drops", 40),
        UInt32("inputInterface", 44),
        UInt32("outputInterface", 48),
        UInt32("length", 52),
        UInt32("protocol", 56),
        Address("srcIp", 1),
        Address("dstIp", 2),
        UInt32("srcPort", 60),
        UInt32("dstPort", 64),
        UInt32("tcpFlags", 68),
        UInt32("tos", 72),
        UInt64("collectorEpochNs", 80),
        UInt64("sequence", 88),
        UInt32("frameLength", 76),
        UInt16("etherType", 10),
        UInt16("vlanIn", 96),
        UInt16("vlanOut", 98),
        UInt8("srcPrefixLen", 100),
        UInt8("dstPrefixLen", 101),
        UInt8("icmpType", 102),
        UInt8("icmpCode", 103),
        UInt32("flowLabel", 104),
        UInt32("srcAs", 108),
        UInt32("dstAs", 112),
        UInt32("srcPeerAs", 116),
        UInt32("routerAs", 120),
        UInt32("localPref", 124),
        UInt32("present", 128),
        UInt8("inputFormat", 132),
        UInt8("outputFormat", 133),
        UInt8("sourceIdType", 134),
        Bool("isFragment", 135 * 8),
        Address("exporterAddr", 3),
        Text("collectorId", 4),
        Address("nextHop", 5),
        Address("bgpNextHop", 6),
        UInt32List("asPath", 7),
        UInt32List("communities", 8));
}
