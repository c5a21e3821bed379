namespace Suite.Tests.Architecture;

/// <summary>The rooms of Risotto in the order of the data. A room uses only rooms above it, so no message goes back.</summary>
internal static class RisottoRooms
{
    public static Room[] All { get; } =
    [
        new("Frame", [], ["Records"]),
        new("Decode", ["Frame"], ["Records"]),
        // The layout of an Update record: written by Encode, read again by State.
        new("Record", ["Frame", "Decode"], ["Records"]),
        new("Curate", ["Frame", "Decode"], ["Records"]),
        new("Encode", ["Frame", "Decode", "Record"], ["Records"]),
        new("Pipeline", ["Frame", "Decode", "Record", "Curate", "Encode"], ["Records"]),
        new("Telemetry", ["Frame", "Decode", "Curate", "Pipeline"], ["Records", "Hosting"]),
        new("State", ["Decode", "Record", "Curate", "Pipeline", "Telemetry"], ["Records"]),
        new("Listen", ["Frame", "Pipeline", "Telemetry"], ["Records", "Hosting"]),
    ];
}
