using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace SaimirisGateway.Api;

/// <summary>Listens on the gateway's addresses: clear text, HTTP/2 and TLS. All serve the same API.</summary>
internal sealed class HttpEndpoints(HttpOptions options, GatewayApi api, GatewayMetrics metrics, ILoggerFactory logging, TimeProvider time)
    : IAsyncDisposable
{
    // Enough for a batch under way on each stream.
    private const int Http2Window = 1 << 20;

    private readonly List<KestrelEndpoint> _endpoints = [];
    private TlsHandshake? _handshake;

    /// <summary>The bound addresses, in the order of the flags.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _endpoints.Select(endpoint => endpoint.Bound)];

    /// <exception cref="StartupException">It cannot listen on an address.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await OpenAllAsync(cancel);
        }
        catch (StartupException)
        {
            await StopAsync(cancel);
            throw;
        }
    }

    /// <summary>Stops accepting. Requests that are not answered when <paramref name="abort"/> is cancelled are cut off.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        var stopping = _endpoints.Select(endpoint => endpoint.StopAsync(abort)).ToArray();
        _endpoints.Clear();
        await Task.WhenAll(stopping);
        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => _handshake?.DisposeAsync() ?? default;

    private async Task OpenAllAsync(CancellationToken cancel)
    {
        await OpenAsync("--address", options.Address, listen => listen.Protocols = HttpProtocols.Http1, cancel);
        if (options.Http2Address is { } http2)
            await OpenAsync("--http2-address", http2, listen => listen.Protocols = HttpProtocols.Http2, cancel);
        if (options.TlsAddress is { } tls)
        {
            _handshake = new TlsHandshake(options.Tls!, metrics, logging.CreateLogger("SaimirisGateway"), time);
            await OpenAsync("--tls-address", tls, listen => listen.UseHttps(_handshake.Callback), cancel);
        }
    }

    private async Task OpenAsync(string flag, HostPort address, Action<ListenOptions> connections, CancellationToken cancel) =>
        _endpoints.Add(await KestrelEndpoint.StartAsync(flag, address, logging, new KestrelSetup
        {
            Server = server =>
            {
                // Bodies of replies and probes have no maximum. Their readers limit the waiting bytes and the idle time.
                server.Limits.MaxRequestBodySize = null;
                server.Limits.Http2.InitialStreamWindowSize = Http2Window;
                server.Limits.Http2.InitialConnectionWindowSize = 2 * Http2Window;
            },
            Connections = connections,
            Services = api.AddServices,
            Application = api.Build,
        }, cancel));
}
