using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;

namespace SaimirisGateway.Api;

/// <summary>
/// Gives Kestrel the certificate of each TLS connection, and the authorities of <c>--tls-client-ca</c>. It reads the files again every ten
/// seconds. Connections that begin after that use the new certificate.
/// </summary>
internal sealed class TlsHandshake : IAsyncDisposable
{
    public static readonly TimeSpan ReloadPeriod = TimeSpan.FromSeconds(10);

    private readonly TlsCertificateFiles _files;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <exception cref="StartupException">A file cannot be used; names the flag.</exception>
    public TlsHandshake(TlsOptions options, GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_metrics, _logger, _time) = (metrics, logger, time);
        _files = new TlsCertificateFiles(options);
        OnCertificate();
        _timer = time.CreateTimer(_ => Reload(), null, ReloadPeriod, ReloadPeriod);
    }

    /// <summary>The options for Kestrel's UseHttps.</summary>
    public TlsHandshakeCallbackOptions Callback => new() { OnConnection = _ => ValueTask.FromResult(OptionsFor(_files.Current)) };

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private static SslServerAuthenticationOptions OptionsFor(TlsCertificate certificate) => new()
    {
        ServerCertificateContext = certificate.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = certificate.AsksForClientCertificate,
        CertificateChainPolicy = certificate.NewClientPolicy(),
        RemoteCertificateValidationCallback =
            certificate.AsksForClientCertificate ? (_, _, _, errors) => errors == SslPolicyErrors.None : null,
        AllowRenegotiation = false,
        // A resumed session would keep the verdict about an earlier certificate.
        AllowTlsResume = false,
    };

    private void Reload()
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
