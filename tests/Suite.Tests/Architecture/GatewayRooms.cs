namespace Suite.Tests.Architecture;

internal static class GatewayRooms
{
    public static Room[] All { get; } =
    [
        new("Replies/Frame", [], ["Records"]),
        new("Replies/Decode", ["Replies/Frame"], ["Records"]),
        new("Replies/Record", [], ["Records"]),
        new("Replies/Encode", ["Replies/Decode", "Replies/Record"], ["Records"]),
        new("Replies/Pipeline", ["Replies/Frame", "Replies/Decode", "Replies/Encode"], ["Records"]),
        new("Replies/Listen", ["Replies/Frame", "Replies/Pipeline", "Http", "Agents", "Auth", "Telemetry"], ["Records", "Hosting"]),
        new("Replies/Results", ["Replies/Record", "Http", "Storage", "Telemetry"], ["Records"]),
        new("Probes/Decode", [], ["Records"]),
        new("Probes/Encode", ["Probes/Decode"], ["Records"]),
        new("Probes/Outbox", ["Probes/Decode", "Probes/Encode", "Storage", "Telemetry"], ["Delivery", "Hosting"]),
        new("Probes/Submit", ["Probes/Decode", "Probes/Outbox", "Http", "Agents", "Storage", "Telemetry"], []),
        new("Agents", ["Storage", "Telemetry"], []),
        new("Auth", ["Agents", "Storage", "Telemetry"], ["Hosting"]),
        new("Storage", ["Telemetry"], ["Hosting"]),
        new("Telemetry", ["Replies/Pipeline"], []),
        new("Http", [], []),
        new("Api", ["Http", "Agents", "Auth", "Probes/Submit", "Replies/Listen", "Replies/Results", "Storage", "Telemetry"], ["Hosting"]),
    ];
}
