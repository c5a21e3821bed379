using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace SaimirisGateway.Api;

/// <summary>The gateway's addresses, each with the same application behind it: clear text, HTTP/2, TLS.</summary>
/// <param name="services">What the application needs.</param>
/// <param name="application">Its middleware and routes.</param>
internal sealed class HttpEndpoints(
    HttpOptions options, Action<IServiceCollection> services, Action<WebApplication> application, GatewayMetrics metrics, ILoggerFactory logging,
    TimeProvider time) : IAsyncDisposable
{
    // One stream of a connection may have a batch or so under way.
    private const int Http2Window = 1 << 20;

    private readonly List<KestrelEndpoint> _endpoints = [];
    private TlsDoor? _door;

    /// <summary>As the flags' order has them.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _endpoints.Select(endpoint => endpoint.Bound)];

    /// <exception cref="StartupException">An address cannot be listened on, or a file cannot be used.</exception>
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

    /// <summary>Accepts nothing more; requests that are not answered when the token says so are cut off.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        var stopping = _endpoints.Select(endpoint => endpoint.StopAsync(abort)).ToArray();
        _endpoints.Clear();
        await Task.WhenAll(stopping);
        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => _door?.DisposeAsync() ?? default;

    private async Task OpenAllAsync(CancellationToken cancel)
    {
        await OpenAsync("--address", options.Address, listen => listen.Protocols = HttpProtocols.Http1, cancel);
        if (options.Http2Address is { } http2)
            await OpenAsync("--http2-address", http2, listen => listen.Protocols = HttpProtocols.Http2, cancel);
        if (options.TlsAddress is { } tls)
        {
            _door = new TlsDoor(options.Tls!, metrics, logging.CreateLogger("SaimirisGateway"), time);
            await OpenAsync("--tls-address", tls, listen => listen.UseHttps(_door.Handshake), cancel);
        }
    }

    private async Task OpenAsync(string flag, HostPort address, Action<ListenOptions> connections, CancellationToken cancel) =>
        _endpoints.Add(await KestrelEndpoint.StartAsync(flag, address, logging, new KestrelSetup
        {
            Server = server =>
            {
                // Bodies of replies and probes go on for as long as there are any: what waits is bounded, and so is how long nothing may come.
                server.Limits.MaxRequestBodySize = null;
                server.Limits.Http2.InitialStreamWindowSize = Http2Window;
                server.Limits.Http2.InitialConnectionWindowSize = 2 * Http2Window;
            },
            Connections = connections,
            Services = services,
            Application = application,
        }, cancel));
}
