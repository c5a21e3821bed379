using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SaimirisGateway.Tests.Api;

/// <summary>Forwards a loopback port to another one until it is cut.</summary>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly int _target;
    private readonly ConcurrentBag<TcpClient> _open = [];
    private TcpListener _listener;
    private Task _accepting;

    public CutLine(int target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    public int Port { get; }

    /// <summary>Closes all connections, and accepts no new ones.</summary>
    public async Task CutAsync()
    {
        _listener.Stop();
        await _accepting;
        while (_open.TryTake(out var client))
            client.Dispose();
    }

    public void Mend()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    public async ValueTask DisposeAsync() => await CutAsync();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptTcpClientAsync();
                var far = new TcpClient();
                await far.ConnectAsync(IPAddress.Loopback, _target);
                _open.Add(near);
                _open.Add(far);
                _ = PassAsync(near, far);
                _ = PassAsync(far, near);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The line is cut.
        }
    }

    private static async Task PassAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            to.Dispose();
        }
    }
}
