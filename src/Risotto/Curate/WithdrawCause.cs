namespace Risotto.Curate;

/// <summary>The cause of a synthetic withdraw.</summary>
internal enum WithdrawCause
{
    PeerDown,
    Termination,

    /// <summary>No session of the router came back in time.</summary>
    SessionLost,

    /// <summary>The router has sent its whole table, and the route was not in it.</summary>
    EndOfRib,

    /// <summary>No End-of-RIB came, and the route was not repeated in time.</summary>
    SweepTimer,

    /// <summary>
    /// The route was read with path identifiers that are not there, or without those that are, or it comes with one from now on.
    /// </summary>
    PathIds,
}
