namespace Suite.Tests.Architecture;

internal static class PestoRooms
{
    public static Room[] All { get; } =
    [
        new("Frame", [], ["Records"]),
        new("Record", [], ["Records"]),
        new("Decode", ["Frame", "Record"], ["Records"]),
        new("State", [], ["Records"]),
        new("Encode", ["Frame", "Decode", "Record"], ["Records"]),
        new("Pipeline", ["Frame", "Record", "Decode", "State", "Encode"], ["Records"]),
        new("Telemetry", ["Frame", "Decode", "State", "Pipeline"], ["Records"]),
        new("Listen", ["Frame", "Pipeline", "Telemetry"], ["Records", "Hosting"]),
    ];
}
