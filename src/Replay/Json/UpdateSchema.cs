using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace Replay.Json;

/// <summary>schemas/update.capnp: one announced or withdrawn prefix.</summary>
internal static class UpdateSchema
{
    private static readonly RecordSchema Community = new(UInt32("asn", 0), UInt16("value", 4));

    private static readonly RecordSchema ExtendedCommunity = new(UInt8("typeHigh", 0), UInt8("typeLow", 1), Hex("value", 0));

    private static readonly RecordSchema LargeCommunity =
        new(UInt32("globalAdmin", 0), UInt32("localDataPart1", 4), UInt32("localDataPart2", 8));

    private static readonly RecordSchema AsPathSegment = new(UInt8("type", 0), UInt32List("asns", 0));

    private static readonly RecordSchema PathAttribute = new(UInt8("flags", 0), UInt8("type", 1), Hex("value", 0));

    public static readonly RecordSchema Update = new(
        UInt64("timeReceivedNs", 0),
        UInt64("timeBmpHeaderNs", 8),
        Address("routerAddr", 0),
        UInt16("routerPort", 16),
        Address("peerAddr", 1),
        UInt32("peerBgpId", 20),
        UInt32("peerAsn", 24),
        Address("prefixAddr", 2),
        UInt8("prefixLen", 18),
        Bool("isPostPolicy", 152),
        Bool("isAdjRibOut", 153),
        Bool("announced", 154),
        Bool("synthetic", 155),
        Text("origin", 3),
        UInt32List("asPath", 4),
        Address("nextHop", 5),
        UInt32("multiExitDisc", 28),
        UInt32("localPreference", 32),
        UInt32("onlyToCustomer", 36),
        Bool("atomicAggregate", 156),
        UInt32("aggregatorAsn", 40),
        UInt32("aggregatorBgpId", 44),
        List("communities", 6, Community),
        List("extendedCommunities", 7, ExtendedCommunity),
        List("largeCommunities", 8, LargeCommunity),
        UInt32("originatorId", 48),
        UInt32List("clusterList", 9),
        UInt16("mpReachAfi", 52),
        UInt8("mpReachSafi", 54),
        UInt16("mpUnreachAfi", 56),
        UInt8("mpUnreachSafi", 55),
        UInt32("pathId", 60),
        UInt8("peerType", 58),
        UInt8("ribView", 59),
        Bool("hasPathId", 157),
        UInt64("peerDistinguisher", 64),
        UInt64("routeDistinguisher", 72),
        UInt64("collectorEpochNs", 80),
        UInt64("sequence", 88),
        UInt64("attributesPresent", 96),
        UInt16("afi", 104),
        UInt8("safi", 106),
        UInt8("peerFlags", 107),
        UInt8("errorAction", 108),
        Text("collectorId", 10),
        Address("nextHopLinkLocal", 11),
        List("asPathSegments", 12, AsPathSegment),
        UInt32List("mplsLabels", 13),
        List("otherAttributes", 14, PathAttribute));
}
