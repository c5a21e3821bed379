using Risotto.Curate;
using Risotto.Decode.Bmp;

namespace Risotto.Telemetry;

/// <summary>The values of metric labels that come from enumerations.</summary>
internal static class MetricLabels
{
    private static readonly string[] MessageTypes =
    [
        "route_monitoring", "stats_report", "peer_down_notification", "peer_up_notification", "initiation", "termination",
        "route_mirroring",
    ];

    public static string Label(this MessageType type) => MessageTypes[(int)type];

    public static string Label(this WithdrawCause cause) => cause switch
    {
        WithdrawCause.PeerDown => "peer_down",
        WithdrawCause.Termination => "termination",
        WithdrawCause.SessionLost => "session_lost",
        WithdrawCause.EndOfRib => "end_of_rib",
        WithdrawCause.PathIds => "path_ids",
        _ => "sweep_timer",
    };
}
