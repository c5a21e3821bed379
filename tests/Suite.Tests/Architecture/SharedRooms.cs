namespace Suite.Tests.Architecture;

internal static class SharedRooms
{
    public static Room[] All { get; } =
    [
        new("Records", [], []),
        new("Delivery", ["Records"], []),
        new("Hosting", ["Records", "Delivery"], []),
    ];
}
