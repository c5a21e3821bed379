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
