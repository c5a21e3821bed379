namespace Suite.Tests.Architecture;

internal static class PestoRooms
{
    public static Room[] All { get; } =
    [
        new("Frame", [], ["Records"]),
        new("Record", [], ["Records"])
        {
            Pending = ["ExtendedGateway", "ExtendedRouter", "ExtendedSwitch", "SampledEthernet", "SampledHeader", "SampledIpv4", "SampledIpv6"],
        },
        new("Decode", ["Frame", "Record"], ["Records"]),
        new("State", ["Frame", "Decode"], ["Records"]),
        new("Encode", ["Frame", "Decode", "Record"], ["Records"]),
        new("Pipeline", ["Frame", "Decode", "State", "Encode"], ["Records"])
        {
            Pending = ["FlowRow", "IDatagramHandler", "PestoCounters"],
        },
        new("Telemetry", ["Frame", "Decode", "State", "Pipeline"], ["Records", "Delivery", "Hosting"])
        {
            Pending = ["ReceiveLoop"],
        },
        new("Listen", ["Frame", "Pipeline", "Telemetry"], ["Records", "Hosting"]),
    ];
}
