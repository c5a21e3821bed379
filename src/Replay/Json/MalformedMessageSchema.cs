using Shared.Records.CapnProto;
using static Shared.Records.CapnProto.RecordField;

namespace Replay.Json;

/// <summary>schemas/malformed.capnp: a message that the collector cannot use whole.</summary>
internal static class MalformedMessageSchema
{
    public static readonly RecordSchema MalformedMessage = new(
        UInt64("timeReceivedNs", 0),
        Address("routerAddr", 0),
        UInt16("routerPort", 8),
        UInt8("action", 10),
        Text("collectorId", 1),
        UInt64("collectorEpochNs", 16),
        UInt64("sequence", 24),
        Text("error", 2),
        UInt32("offset", 12),
        Hex("message", 3));
}
