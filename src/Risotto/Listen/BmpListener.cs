using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Hosting.Logging;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;

namespace Risotto.Listen;

/// <summary>
/// Accepts routers' connections on Kestrel's socket transport. It finds the router's address, admits it, opens TLS, sets keepalive, wakes
/// the sessions whose limits are over, and drains.
/// </summary>
internal sealed class BmpListener(CollectorContext context, ILoggerFactory logging) : IDisposable
{
    /// <summary>The bytes of one router that are read before they are processed. More would only delay the back-pressure.</summary>
    public const int ReadAheadBytes = 128 << 10;

    /// <summary>The time that a PROXY header may take, and that a TLS handshake may take.</summary>
    public static readonly TimeSpan OpeningTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The time between two checks of the certificate's files for changes.</summary>
    public static readonly TimeSpan CertificatePeriod = TimeSpan.FromSeconds(10);

    private const int KeepaliveProbes = 3, KeepaliveProbeSeconds = 10;

    private static readonly TimeSpan TimerPeriod = TimeSpan.FromSeconds(1);

    private readonly RouterRegistry _routers = context.Routers;
    private readonly Admission _admission = new(context.Options.Allow, context.Routers);
    private readonly ConcurrentDictionary<BmpSession, bool> _sessions = new();
    private readonly LogSampler _refusedLines = new(10, TimeSpan.FromMinutes(1), context.Time);
    private readonly CancellationTokenSource _abort = new(), _stopOpening = new();
    private KestrelEndpoint? _endpoint;
    private TlsCertificateFiles? _certificate;
    private ITimer? _timer, _certificateTimer;
    private int _awaitedHeaders;
    private volatile bool _isStopping;

    /// <summary>The address that it listens on; null when it does not listen.</summary>
    public IPEndPoint? EndPoint => _isStopping ? null : _endpoint?.Bound;

    /// <exception cref="StartupException">The address cannot be listened on, or the certificate cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        if (context.Options.Tls is { } tls)
        {
            _certificate = new TlsCertificateFiles(tls);
            OnCertificate();
            _certificateTimer = context.Time.CreateTimer(_ => OnCertificateTimer(), null, CertificatePeriod, CertificatePeriod);
        }
        var setup = new KestrelSetup
        {
            Transport = sockets => sockets.MaxReadBufferSize = ReadAheadBytes,
            Connections = listen => listen.Run(OnConnectedAsync),
        };
        _endpoint = await KestrelEndpoint.StartAsync("--bmp-address", context.Options.Address, logging, setup, cancel);
        _timer = context.Time.CreateTimer(_ => OnTimer(), null, TimerPeriod, TimerPeriod);
    }

    /// <summary>
    /// Accepts no more connections and ends the sessions as soon as their bytes are batched; the token ends the wait for that.
    /// </summary>
    public async Task StopAsync(CancellationToken abort)
    {
        _isStopping = true;
        await _stopOpening.CancelAsync();
        using var register = abort.Register(_abort.Cancel);
        foreach (var session in _sessions.Keys)
            session.Stop();
        if (_endpoint is not null)
            await _endpoint.StopAsync(abort);
        if (_timer is not null)
            await _timer.DisposeAsync();
        if (_certificateTimer is not null)
            await _certificateTimer.DisposeAsync();
    }

    public void Dispose()
    {
        _abort.Dispose();
        _stopOpening.Dispose();
    }

    private async Task OnConnectedAsync(ConnectionContext connection)
    {
        var source = ((IPEndPoint)connection.RemoteEndPoint!).Plain();
        bool isOfProxy = false;
        if (context.Options.ProxyFrom.Any(prefix => prefix.Contains(source.Address)))
        {
            var (header, refused) = await ReadProxyHeaderAsync(connection);
            if (refused != Refusal.None)
            {
                Refuse(source, refused);
                return;
            }
            isOfProxy = header.Source is null;
            source = header.Source ?? source;
        }
        // The limits are checked before the handshake, so that connections in their handshake count against them too. A proxy needs no
        // --allow for itself.
        var refusal = _admission.TryOpen(source.Address, out var router, isAllowed: isOfProxy);
        if (refusal != Refusal.None)
        {
            Refuse(source, refusal);
            return;
        }
        try
        {
            if (_certificate is null)
                await FollowAsync(connection, router!, source, connection.Transport.Input);
            else
                await FollowOverTlsAsync(connection, router!, source, isOfProxy, _certificate.Current);
        }
        finally
        {
            _routers.Close(router!);
        }
    }

    private async ValueTask<(ProxyProtocolHeader Header, Refusal Refusal)> ReadProxyHeaderAsync(ConnectionContext connection)
    {
        // Their routers are not known yet, so no limit of a source applies; a prefix that is too wide must not let them become countless.
        if (Interlocked.Increment(ref _awaitedHeaders) > context.Options.MaxSessions)
        {
            Interlocked.Decrement(ref _awaitedHeaders);
            return (default, Refusal.MaxSessions);
        }
        using var limit = new CancellationTokenSource(OpeningTimeout, context.Time);
        using var stop = _stopOpening.Token.Register(limit.Cancel);
        var result = await ProxyProtocolReader.ReadAsync(connection.Transport.Input, limit.Token);
        Interlocked.Decrement(ref _awaitedHeaders);
        return result;
    }

    private async Task FollowOverTlsAsync(
        ConnectionContext connection, RouterState router, IPEndPoint source, bool isOfProxy, TlsCertificate certificate)
    {
        await using var tls = new TlsChannel(connection.Transport);
        Refusal refusal;
        using (var limit = new CancellationTokenSource(OpeningTimeout, context.Time))
        using (_stopOpening.Token.Register(limit.Cancel))
            refusal = await tls.OpenAsync(certificate, limit.Token);
        if (refusal == Refusal.None)
            await FollowAsync(connection, router, source, tls.Input);
        else
            Refuse(source, refusal, tls.Detail, isUsual: isOfProxy && refusal == Refusal.TlsInterrupted);
    }

    private async Task FollowAsync(ConnectionContext connection, RouterState router, IPEndPoint source, PipeReader input)
    {
        SetKeepalive(connection);
        using var session = new BmpSession(context, router, (ushort)source.Port, input);
        var metrics = context.Metrics.Open(router.Address, session.Gate, session.Counters);
        _sessions.TryAdd(session, true);
        context.Logger.SessionOpened(session.Source);
        // StopAsync may have gone through the sessions before this one was among them.
        if (_isStopping)
            session.Stop();
        var end = await session.RunAsync(_abort.Token);
        _sessions.TryRemove(session, out _);
        context.Metrics.Close(metrics, end.Label());
        if (end == SessionEnd.Aborted)
            context.Logger.SessionAborted(session.Source);
        session.AnnounceEnd(end);
        context.Logger.SessionClosed(session.Source, end.Label(), session.Counters.Messages, session.Counters.RoutesReceived);
    }

    // A health check of a proxy may leave in the middle of the handshake.
    private void Refuse(IPEndPoint source, Refusal refusal, string? detail = null, bool isUsual = false)
    {
        if (_isStopping)
            refusal = Refusal.Shutdown;
        context.Metrics.OnRefused(refusal.Label());
        string text = string.IsNullOrEmpty(detail) ? refusal.Text() : $"{refusal.Text()} ({detail})";
        if (isUsual || refusal.IsUsual())
            context.Logger.NotOpened(source, text);
        else if (_refusedLines.TryTake())
            context.Logger.Refused(source, text);
    }

    private void OnCertificateTimer()
    {
        try
        {
            if (_certificate!.Reload())
                OnCertificate();
        }
        catch (StartupException e)
        {
            context.Logger.CertificateNotReloaded(e.Message);
        }
    }

    private void OnCertificate()
    {
        var current = _certificate!.Current;
        context.Metrics.OnCertificate(current.NotAfter);
        context.Logger.CertificateLoaded(current.Subject, current.NotAfter.UtcDateTime);
        if (current.NotAfter < context.Time.GetUtcNow())
            context.Logger.CertificateExpired(current.NotAfter.UtcDateTime);
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
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone already. The session will notice.
        }
    }

    private void OnTimer()
    {
        long now = context.Time.GetTimestamp();
        foreach (var (session, _) in _sessions)
            session.WakeIfDue(now);
        if (_refusedLines.TryTakeLeftOut(out long refused))
            context.Logger.RefusedLinesLeftOut(refused);
        if (context.Metrics.RouterLines.TryTakeLeftOut(out long routers))
            context.Logger.RouterLinesLeftOut(routers);
        if (context.Metrics.MalformedLines.TryTakeLeftOut(out long malformed))
            context.Logger.MalformedLinesLeftOut(malformed);
    }
}
