namespace Risotto.Curate;

/// <summary>Why a withdraw was made up.</summary>
internal enum WithdrawCause
{
    PeerDown,
    Termination,

    /// <summary>No session of the router came back in time.</summary>
    SessionLost,

    /// <summary>The router ended its table, and the route was not in it.</summary>
    EndOfRib,

    /// <summary>No End-of-RIB came, and the route was not repeated in time.</summary>
    SweepTimer,
}

internal static class WithdrawCauses
{
    public const int Count = (int)WithdrawCause.SweepTimer + 1;

    /// <summary>As in metrics.</summary>
    public static string Label(this WithdrawCause cause) => cause switch
    {
        WithdrawCause.PeerDown => "peer_down",
        WithdrawCause.Termination => "termination",
        WithdrawCause.SessionLost => "session_lost",
        WithdrawCause.EndOfRib => "end_of_rib",
        _ => "sweep_timer",
    };
}
