namespace Risotto.Listen;

/// <summary>The ways a session ends, as in <c>risotto_session_closed_total{reason}</c>.</summary>
internal enum SessionEnd
{
    /// <summary>The router closed the connection between two messages.</summary>
    RouterClosed,

    /// <summary>The router closed the connection within a message.</summary>
    RouterClosedInMessage,

    /// <summary>The connection was reset, by the router or by keepalive.</summary>
    ConnectionLost,

    /// <summary>The stream cannot be followed any further.</summary>
    Malformed,

    /// <summary>The router has sent a Termination, after which the collector closes the connection (RFC 7854 4.5).</summary>
    Terminated,

    /// <summary>The session's routes were left out for a newer one, which is gone: its router has to report everything again.</summary>
    Superseded,

    MessageTimeout,
    IdleTimeout,

    /// <summary>The service drains; the bytes that were read are batched.</summary>
    Shutdown,

    /// <summary>The time to drain was over while the session still waited for a free batch.</summary>
    Aborted,

    /// <summary>An error in the collector itself.</summary>
    Failed,
}

internal static class SessionEnds
{
    private static readonly string[] Labels =
    [
        "router_closed", "router_closed_in_message", "connection_lost", "malformed", "termination", "superseded", "message_timeout",
        "idle_timeout", "shutdown", "aborted", "failed",
    ];

    public static string Label(this SessionEnd end) => Labels[(int)end];
}
