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
/// Takes routers' connections on Kestrel's socket transport: whose they are, who may, how many, TLS, keepalive, the limits' timer, and
/// the drain.
/// </summary>
internal sealed class BmpListener(CollectorContext context, ILoggerFactory logging) : IDisposable
{
    /// <summary>What is read of one router ahead of its processing. More of them in memory would only delay the back-pressure.</summary>
    public const int ReadAheadBytes = 128 << 10;

    /// <summary>How long what stands before BMP may take: a PROXY header and a TLS handshake, each.</summary>
    public static readonly TimeSpan OpeningTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How often the certificate's files are looked at.</summary>
    public static readonly TimeSpan CertificatePeriod = TimeSpan.FromSeconds(10);

    private const int KeepaliveProbes = 3, KeepaliveProbeSeconds = 10;

    private static readonly TimeSpan TimerPeriod = TimeSpan.FromSeconds(1);

    private readonly RouterTable _routers = context.Routers;
    private readonly ConcurrentDictionary<BmpSession, bool> _sessions = new();
    private readonly LogSampler _refusedLines = new(10, TimeSpan.FromMinutes(1), context.Time);
    private readonly CancellationTokenSource _abort = new(), _stopOpening = new();
    private KestrelEndpoint? _endpoint;
    private TlsCertificateFiles? _certificate;
    private ITimer? _timer, _certificateTimer;
    private int _awaitedHeaders;
    private volatile bool _isStopping;

    /// <summary>Where it listens; null when it does not.</summary>
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

    /// <summary>Accepts nothing more and ends the sessions once what they read is batched; the token ends the waiting for that.</summary>
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
        bool isProxysOwn = false;
        if (context.Options.ProxyFrom.Any(prefix => prefix.Contains(source.Address)))
        {
            var (header, refused) = await ReadProxyHeaderAsync(connection);
            if (refused != Refusal.None)
            {
                Refuse(source, refused);
                return;
            }
            isProxysOwn = header.Source is null;
            source = header.Source ?? source;
        }
        // Before the handshake, so that sessions that are not there yet are bounded too. A proxy that may name any router needs no --allow itself.
        var refusal = _routers.TryOpen(source.Address, out var router, isAllowed: isProxysOwn);
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
                await FollowOverTlsAsync(connection, router!, source, isProxysOwn, _certificate.Current);
        }
        finally
        {
            _routers.Close(router!);
        }
    }

    private async ValueTask<(ProxyProtocolHeader Header, Refusal Refusal)> ReadProxyHeaderAsync(ConnectionContext connection)
    {
        // Whose place they will take is not known yet; a prefix that is too wide must not let them become countless.
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
        ConnectionContext connection, RouterState router, IPEndPoint source, bool isProxysOwn, TlsCertificate certificate)
    {
        await using var tls = new TlsChannel(connection.Transport);
        Refusal refusal;
        using (var limit = new CancellationTokenSource(OpeningTimeout, context.Time))
        using (_stopOpening.Token.Register(limit.Cancel))
            refusal = await tls.OpenAsync(certificate, limit.Token);
        if (refusal == Refusal.None)
            await FollowAsync(connection, router, source, tls.Input);
        else
            Refuse(source, refusal, tls.Detail, isUsual: isProxysOwn && refusal == Refusal.TlsInterrupted);
    }

    private async Task FollowAsync(ConnectionContext connection, RouterState router, IPEndPoint source, PipeReader input)
    {
        SetKeepalive(connection);
        using var session = new BmpSession(context, router, (ushort)source.Port, input);
        var metrics = context.Metrics.Open(session);
        _sessions.TryAdd(session, true);
        context.Logger.SessionOpened(session.Source);
        // A connection that was accepted while StopAsync went through the sessions.
        if (_isStopping)
            session.Stop();
        var end = await session.RunAsync(_abort.Token);
        _sessions.TryRemove(session, out _);
        context.Metrics.Close(metrics, end);
        if (end == SessionEnd.Aborted)
            context.Logger.SessionAborted(session.Source);
        context.Logger.SessionClosed(session.Source, end.Label(), session.Counters.Messages, session.Counters.RoutesReceived);
    }

    // A proxy that looks after our health leaves as soon as it has seen enough, in the middle of the handshake.
    private void Refuse(IPEndPoint source, Refusal refusal, string? detail = null, bool isUsual = false)
    {
        if (_isStopping)
            refusal = Refusal.Shutdown;
        context.Metrics.OnRefused(refusal);
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
