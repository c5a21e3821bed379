namespace Suite.Tests.Architecture;

internal static class GatewayRooms
{
    public static Room[] All { get; } =
    [
        new("Replies/Frame", [], ["Records"]),
        new("Replies/Decode", ["Replies/Frame"], ["Records"])
        {
            Pending = ["ProbeProtocol"],
        },
        new("Replies/Record", [], ["Records"])
        {
            Pending = ["ProbeProtocol"],
        },
        new("Replies/Encode", ["Replies/Frame", "Replies/Decode", "Replies/Record"], ["Records"])
        {
            Pending = ["ProbeProtocol"],
        },
        new("Replies/Pipeline", ["Replies/Frame", "Replies/Decode", "Replies/Encode"], ["Records"])
        {
            Pending = ["GatewayMetrics", "KeptReplies", "ReplyCounters"],
        },
        new("Replies/Listen", ["Replies/Frame", "Replies/Pipeline", "Auth", "Telemetry"], ["Records", "Hosting"]),
        new("Replies/Results", ["Replies/Decode", "Replies/Record", "Storage", "Telemetry"], ["Records"])
        {
            Pending = ["ICommittedReplies"],
        },
        new("Probes/Outbox", ["Storage", "Telemetry"], ["Records", "Delivery", "Hosting"])
        {
            Pending = ["Probe", "ProbeEncoder"],
        },
        new("Probes/Submit", ["Probes/Outbox", "Agents", "Storage", "Telemetry"], ["Records", "Hosting"])
        {
            Pending = ["AgentState"],
        },
        new("Agents", ["Storage", "Telemetry"], ["Records"]),
        new("Auth", ["Storage", "Telemetry"], ["Hosting"])
        {
            Pending = ["AgentState"],
        },
        new("Storage", [], ["Records", "Hosting"]),
        new("Telemetry", ["Replies/Frame", "Replies/Decode", "Replies/Pipeline"], ["Records", "Delivery", "Hosting"]),
        new("Api", ["Agents", "Auth", "Probes/Submit", "Replies/Listen", "Replies/Results", "Storage", "Telemetry"], ["Records", "Hosting"])
        {
            Pending = ["AgentState"],
        },
    ];
}
