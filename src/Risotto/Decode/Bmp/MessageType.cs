namespace Risotto.Decode.Bmp;

/// <summary>BMP message types, RFC 7854 4.1.</summary>
internal enum MessageType : byte
{
    RouteMonitoring = 0,
    StatisticsReport = 1,
    PeerDownNotification = 2,
    PeerUpNotification = 3,
    InitiationMessage = 4,
    TerminationMessage = 5,
    RouteMirroring = 6,
}

/// <summary>The contract's label values of <c>risotto_bmp_messages_total{type}</c>.</summary>
internal static class MessageTypeNames
{
    private static readonly string[] Labels =
        ["route_monitoring", "stats_report", "peer_down_notification", "peer_up_notification", "initiation", "termination", "route_mirroring"];

    public static int Count => Labels.Length;

    public static string Label(this MessageType type) => Labels[(int)type];
}
