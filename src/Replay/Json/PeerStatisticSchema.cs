using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace Replay.Json;

/// <summary>schemas/stats.capnp: one statistic of a Statistics Report.</summary>
internal static class PeerStatisticSchema
{
    public static readonly RecordSchema PeerStatistic = new(
        UInt64("timeReceivedNs", 0),
        UInt64("timeBmpHeaderNs", 8),
        Address("routerAddr", 0),
        UInt16("routerPort", 16),
        Text("collectorId", 1),
        UInt64("collectorEpochNs", 24),
        UInt64("sequence", 32),
        UInt8("peerType", 18),
        UInt8("peerFlags", 19),
        UInt16("statType", 20),
        UInt64("peerDistinguisher", 40),
        Address("peerAddr", 2),
        UInt32("peerAsn", 48),
        UInt32("peerBgpId", 52),
        UInt16("afi", 22),
        UInt8("safi", 56),
        UInt64("value", 64),
        Hex("raw", 3));
}
