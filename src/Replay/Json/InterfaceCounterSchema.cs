using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace Replay.Json;

/// <summary>schemas/sflow-counters.capnp: one counter sample.</summary>
internal static class InterfaceCounterSchema
{
    public static readonly RecordSchema InterfaceCounters = new(
        UInt64("timeReceivedNs", 0),
        Address("agentAddr", 0),
        Address("exporterAddr", 1),
        UInt16("agentPort", 8),
        UInt8("sourceIdType", 10),
        UInt8("present", 11),
        UInt32("agentSubId", 12),
        UInt32("datagramSequenceNumber", 16),
        UInt32("uptime", 20),
        UInt32("sampleSequenceNumber", 24),
        UInt32("sourceId", 28),
        UInt64("collectorEpochNs", 32),
        UInt64("sequence", 40),
        Text("collectorId", 2),
        UInt32("ifIndex", 48),
        UInt32("ifType", 52),
        UInt64("ifSpeed", 56),
        UInt32("ifDirection", 64),
        UInt32("ifStatus", 68),
        UInt64("ifInOctets", 72),
        UInt32("ifInUcastPkts", 80),
        UInt32("ifInMulticastPkts", 84),
        UInt32("ifInBroadcastPkts", 88),
        UInt32("ifInDiscards", 92),
        UInt32("ifInErrors", 96),
        UInt32("ifInUnknownProtos", 100),
        UInt64("ifOutOctets", 104),
        UInt32("ifOutUcastPkts", 112),
        UInt32("ifOutMulticastPkts", 116),
        UInt32("ifOutBroadcastPkts", 120),
        UInt32("ifOutDiscards", 124),
        UInt32("ifOutErrors", 128),
        UInt32("ifPromiscuousMode", 132),
        UInt32("dot3StatsAlignmentErrors", 136),
        UInt32("dot3StatsFCSErrors", 140),
        UInt32("dot3StatsSingleCollisionFrames", 144),
        UInt32("dot3StatsMultipleCollisionFrames", 148),
        UInt32("dot3StatsSQETestErrors", 152),
        UInt32("dot3StatsDeferredTransmissions", 156),
        UInt32("dot3StatsLateCollisions", 160),
        UInt32("dot3StatsExcessiveCollisions", 164),
        UInt32("dot3StatsInternalMacTransmitErrors", 168),
        UInt32("dot3StatsCarrierSenseErrors", 172),
        UInt32("dot3StatsFrameTooLongs", 176),
        UInt32("dot3StatsInternalMacReceiveErrors", 180),
        UInt32("dot3StatsSymbolErrors", 184));
}
