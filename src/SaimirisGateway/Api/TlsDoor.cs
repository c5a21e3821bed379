using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;

namespace SaimirisGateway.Api;

/// <summary>
/// What Kestrel needs to speak TLS: the certificate, and with <c>--tls-client-ca</c> the authorities of the agents'. The files are looked at again
/// and again; a new certificate counts for the connections that begin after it.
/// </summary>
internal sealed class TlsDoor : IAsyncDisposable
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan CertificatePeriod = TimeSpan.FromSeconds(10);

    private readonly TlsCertificateFiles _files;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <exception cref="StartupException">A file cannot be used; names the flag.</exception>
    public TlsDoor(TlsOptions options, GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_metrics, _logger, _time) = (metrics, logger, time);
        _files = new TlsCertificateFiles(options);
        OnCertificate();
        _timer = time.CreateTimer(_ => OnTimer(), null, CertificatePeriod, CertificatePeriod);
    }

    /// <summary>For Kestrel's UseHttps.</summary>
    public TlsHandshakeCallbackOptions Handshake => new() { OnConnection = _ => ValueTask.FromResult(HandshakeOf(_files.Current)) };

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private static SslServerAuthenticationOptions HandshakeOf(TlsCertificate certificate) => new()
    {
        ServerCertificateContext = certificate.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = certificate.AsksForClientCertificate,
        CertificateChainPolicy = certificate.NewClientPolicy(),
        RemoteCertificateValidationCallback = certificate.AsksForClientCertificate ? (_, _, _, errors) => errors == SslPolicyErrors.None : null,
        AllowRenegotiation = false,
        // A session that is resumed would go on with what an earlier certificate had been found good for.
        AllowTlsResume = false,
    };

    private void OnTimer()
    {
        try
        {
            if (_files.Reload())
                OnCertificate();
        }
        catch (StartupException e)
        {
            _logger.CertificateNotReloaded(e.Message);
        }
    }

    private void OnCertificate()
    {
        var current = _files.Current;
        _metrics.OnCertificate(current.NotAfter);
        _logger.CertificateLoaded(current.Subject, current.NotAfter.UtcDateTime);
        if (current.NotAfter < _time.GetUtcNow())
            _logger.CertificateExpired(current.NotAfter.UtcDateTime);
    }
}
