namespace Suite.Tests.Architecture;

internal static class SharedRooms
{
    public static Room[] All { get; } =
    [
        new("Records", [], []),
        new("Records/Wire", [], []),
        new("Records/Native", [], []),
        new("Records/CapnProto", ["Records/Wire"], []),
        new("Records/Batch", [], []),
        new("Delivery", ["Records"], []),
        new("Delivery/Spool", [], []),
        new("Delivery/Files", ["Records"], []),
        new("Delivery/Kafka", ["Records", "Delivery/Spool", "Delivery/Files"], []),
        new("Hosting", ["Records", "Delivery"], []),
    ];
}
