using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Shared.Hosting.Tls;

namespace Risotto.Listen;

/// <summary>
/// TLS on a router's connection. Kestrel's own connection middleware would do the same on the same <see cref="SslStream"/>, but keeps
/// to itself why a handshake failed.
/// </summary>
internal sealed class TlsChannel : IAsyncDisposable
{
    // What is decrypted at a time: two records of the largest size. The encrypted octets before it are bounded by the transport.
    private const int ReadBytes = 32 << 10;

    // ContentType handshake, RFC 8446 5.1.
    private const byte HandshakeRecord = 22;

    private readonly IDuplexPipe _transport;
    private readonly SslStream _stream;
    private bool _isOpen;

    public TlsChannel(IDuplexPipe transport)
    {
        _transport = transport;
        _stream = new SslStream(new DuplexStream(transport), leaveInnerStreamOpen: true);
        // A silent connection holds no buffer: memory is taken once there is something to read.
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true, useZeroByteReads: true));
    }

    /// <summary>The router's octets, once <see cref="OpenAsync"/> has said <see cref="Refusal.None"/>.</summary>
    public PipeReader Input { get; }

    /// <summary>What is known about a refusal beyond its reason.</summary>
    public string? Detail { get; private set; }

    /// <param name="certificate">Ours, and the authorities of theirs.</param>
    /// <param name="cancel">The time for the handshake is over.</param>
    public async ValueTask<Refusal> OpenAsync(TlsCertificate certificate, CancellationToken cancel)
    {
        var rejected = Refusal.TlsFailed;
        try
        {
            if (await FirstOctetAsync(cancel) is not { } first)
                return Refusal.SentNothing;
            if (first != HandshakeRecord)
                return Refusal.TlsNotSpoken;
            await _stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Context,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ClientCertificateRequired = certificate.AsksForClientCertificate,
                CertificateChainPolicy = certificate.NewClientPolicy(),
                RemoteCertificateValidationCallback = certificate.AsksForClientCertificate ? IsTrusted : null,
                AllowRenegotiation = false,
                // Sessions last for days. One that is resumed would go on with what an earlier certificate had been found good for.
                AllowTlsResume = false,
            }, cancel);
            _isOpen = true;
            return Refusal.None;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Refusal.TlsTimeout;
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            return Refusal.TlsInterrupted;
        }
        catch (AuthenticationException e)
        {
            // OpenSSL's own words, such as a version that is not offered, stand in the innermost exception.
            Detail ??= e.GetBaseException().Message;
            return rejected;
        }

        bool IsTrusted(object sender, X509Certificate? client, X509Chain? chain, SslPolicyErrors errors)
        {
            if (errors == SslPolicyErrors.None)
                return true;
            rejected = client is null ? Refusal.TlsClientCertificateMissing : Refusal.TlsClientCertificateRejected;
            Detail = string.Join(", ", chain?.ChainStatus.Select(status => status.Status).Distinct() ?? []);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        try
        {
            // Tells the router that the end is meant (close_notify). It goes into the transport's buffer and waits for nobody.
            if (_isOpen)
                await _stream.ShutdownAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ConnectionAbortedException)
        {
            // The connection is gone already.
        }
        await _stream.DisposeAsync();
    }

    // Null: the connection ended before.
    private async ValueTask<byte?> FirstOctetAsync(CancellationToken cancel)
    {
        try
        {
            var read = await _transport.Input.ReadAsync(cancel);
            byte? first = new SequenceReader<byte>(read.Buffer).TryPeek(out byte octet) ? octet : null;
            _transport.Input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (IOException)
        {
            // Health checks connect and reset.
            return null;
        }
    }
}
