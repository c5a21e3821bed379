using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Shared.Hosting.Tls;

namespace Risotto.Listen;

/// <summary>
/// Opens TLS on a router's connection. Kestrel's own connection middleware does the same with the same <see cref="SslStream"/>, but does
/// not report why a handshake failed.
/// </summary>
internal sealed class TlsChannel : IAsyncDisposable
{
    // Bytes that are decrypted at a time: two records of the largest size. The transport bounds the encrypted bytes.
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
        // A silent connection holds no buffer: it takes memory as soon as there are bytes to read.
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true, useZeroByteReads: true));
    }

    /// <summary>The router's bytes, after <see cref="OpenAsync"/> has returned <see cref="Refusal.None"/>.</summary>
    public PipeReader Input { get; }

    /// <summary>The details of a refusal.</summary>
    public string? Detail { get; private set; }

    /// <param name="certificate">The collector's certificate, and the authorities of the routers' certificates.</param>
    /// <param name="cancel">The time for the handshake is over.</param>
    public async ValueTask<Refusal> OpenAsync(TlsCertificate certificate, CancellationToken cancel)
    {
        var rejected = Refusal.TlsFailed;
        try
        {
            if (await FirstByteAsync(cancel) is not { } first)
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
                // Sessions last for days. A resumed one would go on although its client certificate may not be valid any more.
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
            // The innermost exception has OpenSSL's message, such as a version that is not offered.
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
            // Sends close_notify, so that the router sees an intended end. It goes into the transport's buffer, so this does not wait.
            if (_isOpen)
                await _stream.ShutdownAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ConnectionAbortedException)
        {
            // The connection is gone already.
        }
        await _stream.DisposeAsync();
    }

    // Null: the connection ended before its first byte.
    private async ValueTask<byte?> FirstByteAsync(CancellationToken cancel)
    {
        try
        {
            var read = await _transport.Input.ReadAsync(cancel);
            byte? first = new SequenceReader<byte>(read.Buffer).TryPeek(out byte value) ? value : null;
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
