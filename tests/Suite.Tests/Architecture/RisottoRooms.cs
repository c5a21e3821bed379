namespace Suite.Tests.Architecture;

internal static class RisottoRooms
{
    public static Room[] All { get; } =
    [
        new("Frame", [], ["Records"])
        {
            Pending = ["BmpError", "BmpErrorCode"],
        },
        new("Decode", ["Frame"], ["Records"]),
        new("Curate", ["Frame", "Decode"], ["Records"]),
        new("Record", [], ["Records"])
        {
            Pending = ["Bits", "PeerFlags", "PeerType", "RibView"],
        },
        new("Encode", ["Frame", "Decode", "Record"], ["Records"])
        {
            Pending = ["AttributeHash", "FamilyRib", "RouteChange", "RouteIdentity", "RouteStages", "RouteWord", "RouterState", "ViewRib"],
        },
        new("Pipeline", ["Frame", "Decode", "Curate", "Encode"], ["Records"])
        {
            Pending = ["JournalKeys", "RouterCounters", "RouterTable", "StateStore"],
        },
        new("State", ["Decode", "Curate", "Record"], ["Records"])
        {
            Pending = ["Curation", "RouterState", "RouterTable", "StateMetrics"],
        },
        new("Telemetry", ["Frame", "Decode", "Curate", "Encode", "Pipeline", "State"], ["Records", "Delivery", "Hosting"])
        {
            Pending = ["BmpSession", "Refusal", "RouterTable", "SessionEnd"],
        },
        new("Listen", ["Frame", "Pipeline", "Telemetry"], ["Records", "Hosting"])
        {
            Pending = ["Peer"],
        },
    ];
}
