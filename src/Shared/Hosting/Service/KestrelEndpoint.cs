using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shared.Hosting.Flags;

namespace Shared.Hosting.Service;

/// <summary>A Kestrel server that listens on one address, for HTTP or for another protocol over TCP.</summary>
public sealed class KestrelEndpoint
{
    private readonly WebApplication _app;

    private KestrelEndpoint(WebApplication app, IPEndPoint bound)
    {
        _app = app;
        Bound = bound;
    }

    /// <summary>The address, with the port that the system chose for port 0.</summary>
    public IPEndPoint Bound { get; }

    /// <summary>Resolves the address and starts to listen.</summary>
    /// <param name="flag">The flag that errors name.</param>
    /// <param name="address">Where to listen.</param>
    /// <param name="logging">Takes Kestrel's own log lines.</param>
    /// <param name="setup">The protocol, and the handlers of its requests.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StartupException">The name has no address, or the port is taken or not allowed.</exception>
    public static async Task<KestrelEndpoint> StartAsync(
        string flag, HostPort address, ILoggerFactory logging, KestrelSetup setup, CancellationToken cancel)
    {
        var endPoint = await address.ResolveAsync(flag, cancel);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logging);
        builder.WebHost.UseKestrelCore().UseSockets(setup.Transport);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            setup.Server(server);
            server.Listen(endPoint, setup.Connections);
        });
        // ServiceHost's time to drain counts, not this host's default of 30 s.
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        setup.Services(builder.Services);
        var app = builder.Build();
        setup.Application(app);
        if (setup.Http is { } http)
            app.Run(http);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException e)
        {
            await app.DisposeAsync();
            // Kestrel's message repeats the address; its cause has the plain reason.
            throw new StartupException(
                $"{flag}: cannot listen on {address} ({(e.InnerException ?? e).Message}); free the port or choose another", e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            await app.DisposeAsync();
            throw new StartupException(
                $"{flag}: cannot listen on {address} ({e.Message}); choose an address of this machine and a port that the user may open",
                e);
        }
        string bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new KestrelEndpoint(app, new IPEndPoint(endPoint.Address, new Uri(bound).Port));
    }

    /// <summary>Accepts no more connections, asks the open ones to close, and waits for them until the token aborts the rest.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        await _app.StopAsync(abort);
        await _app.DisposeAsync();
    }
}

/// <summary>The settings and handlers of a <see cref="KestrelEndpoint"/>.</summary>
public sealed record KestrelSetup
{
    public Action<SocketTransportOptions> Transport { get; init; } = _ => { };

    public Action<KestrelServerOptions> Server { get; init; } = _ => { };

    public Action<ListenOptions> Connections { get; init; } = _ => { };

    /// <summary>The ASP.NET services that <see cref="Application"/> needs.</summary>
    public Action<IServiceCollection> Services { get; init; } = _ => { };

    /// <summary>Middleware and routes, for HTTP.</summary>
    public Action<WebApplication> Application { get; init; } = _ => { };

    /// <summary>The handler of requests that <see cref="Application"/> has not answered, for HTTP.</summary>
    public RequestDelegate? Http { get; init; }
}
