using System.Net;
using Shared.Hosting.Flags;
using Shared.Hosting.Tls;

namespace Risotto.Listen;

/// <summary>The options of the listener: the address, and the routers that the collector takes BMP sessions from.</summary>
internal sealed record ListenOptions
{
    /// <summary>The address that routers connect to. IANA has no port for BMP; 4000 is what the deployment uses.</summary>
    public HostPort Address { get; init; } = new("0.0.0.0", 4000);

    /// <summary>The routers that may connect; empty: everyone.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>The proxies: their connections begin with a PROXY header that names the router. Nobody else's header counts.</summary>
    public IReadOnlyList<IPNetwork> ProxyFrom { get; init; } = [];

    /// <summary>The listener's certificate; null: no TLS.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Sessions at a time. Each costs at most <see cref="BmpListener.ReadAheadBytes"/> and one message.</summary>
    public int MaxSessions { get; init; } = 1000;

    /// <summary>Sessions at a time from one address. A router that reconnects may leave a half-open one, seldom many.</summary>
    public int MaxSessionsPerSource { get; init; } = 16;

    /// <summary>TCP keepalive: how long a connection may be silent before it is probed. A dead one ends 30 s later.</summary>
    public TimeSpan Keepalive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time that a message, or the first message of a connection, may take to arrive. Routers write messages whole.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time that a router may be silent between messages. Zero sets no limit, because a quiet table sends nothing.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.Zero;
}
