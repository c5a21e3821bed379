using System.Net;
using System.Net.Sockets;
using Risotto.Tests.Messages;

namespace Load.Send;

/// <summary>
/// Opens connections from addresses in 127.2.0.0/16, and sends valid messages on each at one byte a second. The messages are so short that
/// no time limit of the collector ends them.
/// </summary>
internal sealed class SlowSenders : IAsyncDisposable
{
    private const int Ticks = 50;

    private static readonly byte[] Stream = BmpMessage.Initiation(BmpMessage.Tlv(2, [.. "slow"u8]));

    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _sending = Task.CompletedTask;

    /// <summary>The number of connections that the collector has ended.</summary>
    public int Closed { get; private set; }

    /// <summary>Connects all of them and begins; returns once all are connected.</summary>
    public async Task StartAsync(IPEndPoint collector, int connections)
    {
        for (int i = 0; i < connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, Blocking = false };
            _sockets.Add(socket);
            socket.Bind(new IPEndPoint(new IPAddress([127, 2, (byte)(i / 250), (byte)((i % 250) + 1)]), 0));
            await socket.ConnectAsync(collector);
        }
        _sending = Task.Run(SendAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        foreach (var socket in _sockets)
            socket.Dispose();
        _stop.Dispose();
    }

    // Each tick opens a part of the connections, so that they do not all come at once.
    private async Task SendAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Ticks));
        for (int tick = 0; await TickAsync(timer); tick++)
        {
            for (int i = tick % Ticks; i < _sockets.Count; i += Ticks)
                Send(_sockets[i], tick / Ticks % Stream.Length);
        }
    }

    private async Task<bool> TickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Send(Socket socket, int index)
    {
        if (!socket.Connected)
            return;
        try
        {
            socket.Send(Stream.AsSpan(index, 1));
        }
        catch (SocketException)
        {
            Closed++;
        }
    }
}
