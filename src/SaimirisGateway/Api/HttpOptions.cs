using Shared.Hosting.Flags;
using Shared.Hosting.Tls;

namespace SaimirisGateway.Api;

/// <summary>Where users and agents connect, and how often.</summary>
internal sealed record HttpOptions
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    public HostPort Address { get; init; } = new("0.0.0.0", 8080);

    /// <summary>HTTP/2 in clear text, with prior knowledge; null: not offered.</summary>
    public HostPort? Http2Address { get; init; }

    /// <summary>HTTP/1.1 and HTTP/2 over TLS; null: not offered.</summary>
    public HostPort? TlsAddress { get; init; }

    /// <summary>The certificate of <see cref="TlsAddress"/>.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Requests a second of one user; ten seconds' worth may come at once.</summary>
    public int RequestsPerUser { get; init; } = 100;

    /// <summary>Requests a second with one agent key; ten seconds' worth may come at once. All agents may share one key.</summary>
    public int RequestsPerAgentKey { get; init; } = 1000;
}
