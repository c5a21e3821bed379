using System.Net;
using System.Net.Sockets;

namespace EndToEnd.Tests.Curation;

/// <summary>Opens another port of the same service, as a second station for a router that needs different stations.</summary>
internal sealed class PortForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    public PortForwarder(IPEndPoint service)
    {
        _listener.Start();
        _run = RunAsync(service);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _run;
        _stop.Dispose();
        _listener.Dispose();
    }

    private async Task RunAsync(IPEndPoint service)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token), service));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    // BMP goes one way. The end of either side ends the other.
    private async Task ForwardAsync(TcpClient from, IPEndPoint service)
    {
        using var to = new TcpClient();
        using (from)
        {
            try
            {
                await to.ConnectAsync(service, _stop.Token);
                var stream = to.GetStream();
                await Task.WhenAny(from.GetStream().CopyToAsync(stream, _stop.Token), stream.CopyToAsync(Stream.Null, _stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // One side is gone.
            }
        }
    }
}
