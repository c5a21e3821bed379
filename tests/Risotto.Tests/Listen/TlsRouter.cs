using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Risotto.Tests.Listen;

/// <summary>A router's end of a TLS connection. It trusts one authority and knows nothing of those below it.</summary>
internal sealed class TlsRouter(Collector collector, TestAuthority trusted) : IAsyncDisposable
{
    private SslStream? _tls;

    public SslProtocols Version { get; init; } = SslProtocols.None;

    public SslStreamCertificateContext? Certificate { get; init; }

    /// <summary>Stands between TLS and the socket.</summary>
    public Func<Socket, Stream> Transport { get; init; } = socket => new NetworkStream(socket);

    public Socket Socket { get; private set; } = null!;

    public int Port => ((IPEndPoint)Socket.LocalEndPoint!).Port;

    /// <summary>What the collector showed.</summary>
    public string? Subject => _tls!.RemoteCertificate?.Subject;

    /// <exception cref="AuthenticationException">One side does not accept the other.</exception>
    public async Task<TlsRouter> ConnectAsync(byte[]? before = null)
    {
        Socket = await collector.ConnectAsync();
        if (before is not null)
            await Socket.SendAsync(before);
        _tls = new SslStream(Transport(Socket));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(trusted.Root);
        using var patience = new CancellationTokenSource(Collector.Patience);
        await _tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            EnabledSslProtocols = Version,
            ClientCertificateContext = Certificate,
            CertificateChainPolicy = policy,
        }, patience.Token);
        return this;
    }

    public async Task SendAsync(byte[] bytes) => await _tls!.WriteAsync(bytes);

    /// <summary>Ends as TLS wants it, and waits for the collector's end.</summary>
    public async Task EndAsync()
    {
        await _tls!.ShutdownAsync();
        await AwaitEndAsync();
        Socket.Shutdown(SocketShutdown.Send);
        await Collector.AwaitCloseAsync(Socket);
    }

    /// <summary>The collector says that it ends (close_notify), which TLS tells apart from a cut.</summary>
    public async Task AwaitEndAsync()
    {
        using var patience = new CancellationTokenSource(Collector.Patience);
        Xunit.Assert.Equal(0, await _tls!.ReadAsync(new byte[1], patience.Token));
    }

    /// <summary>
    /// True: the collector ended the connection, in the handshake or right behind it, where TLS 1.3 lets a client hear of it.
    /// </summary>
    public async Task<bool> IsTurnedAwayAsync()
    {
        try
        {
            await ConnectAsync();
            using var patience = new CancellationTokenSource(Collector.Patience);
            await _tls!.ReadExactlyAsync(new byte[1], patience.Token);
            return false;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
            await _tls.DisposeAsync();
        Socket?.Dispose();
    }
}
