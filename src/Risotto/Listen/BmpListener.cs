using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Shared.Hosting;
using Shared.Logging;

namespace Risotto.Listen;

/// <summary>Takes routers' connections on Kestrel's socket transport: who may, how many, keepalive, the limits' timer, and the drain.</summary>
internal sealed class BmpListener(CollectorContext context, ILoggerFactory logging) : IDisposable
{
    /// <summary>What is read of one router ahead of its processing. More of them in memory would only delay the back-pressure.</summary>
    public const int ReadAheadBytes = 128 << 10;

    private const int KeepaliveProbes = 3, KeepaliveProbeSeconds = 10;

    private static readonly TimeSpan TimerPeriod = TimeSpan.FromSeconds(1);

    private readonly RouterTable _routers = new(context.Options);
    private readonly ConcurrentDictionary<BmpSession, bool> _sessions = new();
    private readonly LogSampler _refusedLines = new(10, TimeSpan.FromMinutes(1), context.Time);
    private readonly CancellationTokenSource _abort = new();
    private KestrelEndpoint? _endpoint;
    private ITimer? _timer;
    private volatile bool _isStopping;

    /// <summary>Where it listens; null when it does not.</summary>
    public IPEndPoint? EndPoint => _isStopping ? null : _endpoint?.Bound;

    /// <exception cref="StartupException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var setup = new KestrelSetup
        {
            Transport = sockets => sockets.MaxReadBufferSize = ReadAheadBytes,
            Connections = listen => listen.Run(OnConnectedAsync),
        };
        _endpoint = await KestrelEndpoint.StartAsync("--bmp-address", context.Options.BmpAddress, logging, setup, cancel);
        _timer = context.Time.CreateTimer(_ => OnTimer(), null, TimerPeriod, TimerPeriod);
    }

    /// <summary>Accepts nothing more and ends the sessions once what they read is batched; the token ends the waiting for that.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        _isStopping = true;
        using var register = abort.Register(_abort.Cancel);
        foreach (var session in _sessions.Keys)
            session.Stop();
        if (_endpoint is not null)
            await _endpoint.StopAsync(abort);
        if (_timer is not null)
            await _timer.DisposeAsync();
    }

    public void Dispose() => _abort.Dispose();

    private async Task OnConnectedAsync(ConnectionContext connection)
    {
        var source = (IPEndPoint)connection.RemoteEndPoint!;
        var address = source.Address.IsIPv4MappedToIPv6 ? source.Address.MapToIPv4() : source.Address;
        if (_routers.TryOpen(address, out var router) is not Refusal.None and var refusal)
        {
            context.Metrics.OnRefused(refusal);
            if (_refusedLines.TryTake())
                context.Logger.Refused(source, refusal.Text());
            return;
        }
        SetKeepalive(connection);
        using var session = new BmpSession(context, router!, (ushort)source.Port, connection.Transport.Input);
        var metrics = context.Metrics.Open(session);
        _sessions.TryAdd(session, true);
        context.Logger.SessionOpened(session.Source);
        // A connection that was accepted while StopAsync went through the sessions.
        if (_isStopping)
            session.Stop();
        var end = await session.RunAsync(_abort.Token);
        _sessions.TryRemove(session, out _);
        context.Metrics.Close(metrics, end);
        _routers.Close(router!);
        if (end == SessionEnd.Aborted)
            context.Logger.SessionAborted(session.Source);
        context.Logger.SessionClosed(session.Source, end.Label(), session.Counters.Messages, session.Counters.RoutesReceived);
    }

    private void SetKeepalive(ConnectionContext connection)
    {
        if (context.Options.Keepalive == TimeSpan.Zero || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)context.Options.Keepalive.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepaliveProbeSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepaliveProbes);
        }
        catch (SocketException)
        {
            // The connection is gone already; the session will see it.
        }
    }

    private void OnTimer()
    {
        long now = context.Time.GetTimestamp();
        foreach (var (session, _) in _sessions)
            session.WakeIfDue(now);
        if (_refusedLines.TryTakeLeftOut(out long refused))
            context.Logger.RefusedLinesLeftOut(refused);
        if (context.Metrics.MalformedLines.TryTakeLeftOut(out long malformed))
            context.Logger.MalformedLinesLeftOut(malformed);
    }
}
