using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace Replay.Json;

/// <summary>schemas/peer.capnp: an event of a router or of one of its peers.</summary>
internal static class PeerEventSchema
{
    private static readonly RecordSchema Capability = new(UInt8("code", 0), Hex("value", 0));

    private static readonly RecordSchema Information = new(UInt16("type", 0), Hex("value", 0));

    public static readonly RecordSchema PeerEvent = new(
        UInt64("timeReceivedNs", 0),
        UInt64("timeBmpHeaderNs", 8),
        Address("routerAddr", 0),
        UInt16("routerPort", 16),
        Text("collectorId", 1),
        UInt64("collectorEpochNs", 24),
        UInt64("sequence", 32),
        UInt8("kind", 18),
        UInt8("peerType", 19),
        UInt8("peerFlags", 20),
        UInt16("reason", 22),
        UInt64("peerDistinguisher", 40),
        Address("peerAddr", 2),
        UInt32("peerAsn", 48),
        UInt32("peerBgpId", 52),
        Address("localAddr", 3),
        UInt16("localPort", 56),
        UInt16("remotePort", 58),
        UInt32("localAsn", 60),
        UInt32("localBgpId", 64),
        UInt16("holdTime", 68),
        List("sentCapabilities", 4, Capability),
        List("receivedCapabilities", 5, Capability),
        List("information", 6, Information),
        Hex("data", 7));
}
