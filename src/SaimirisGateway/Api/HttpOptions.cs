using Shared.Hosting.Flags;
using Shared.Hosting.Tls;

namespace SaimirisGateway.Api;

/// <summary>The addresses of the HTTP side, and the limits of its requests.</summary>
internal sealed record HttpOptions
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    public HostPort Address { get; init; } = new("0.0.0.0", 8080);

    /// <summary>HTTP/2 in clear text, with prior knowledge; null when it is off.</summary>
    public HostPort? Http2Address { get; init; }

    /// <summary>HTTP/1.1 and HTTP/2 over TLS; null when it is off.</summary>
    public HostPort? TlsAddress { get; init; }

    /// <summary>The certificate of <see cref="TlsAddress"/>.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Requests a second of one user. A burst may have as many as ten seconds.</summary>
    public int RequestsPerUser { get; init; } = 100;

    /// <summary>Requests a second with one agent key. A burst may have as many as ten seconds. All agents may share one key.</summary>
    public int RequestsPerAgentKey { get; init; } = 1000;
}
