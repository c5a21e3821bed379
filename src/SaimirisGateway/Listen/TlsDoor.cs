using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Shared.Hosting;

namespace SaimirisGateway.Listen;

/// <summary>What Kestrel needs to speak TLS: the certificate, and with <c>--tls-client-ca</c> the authorities of the agents'.</summary>
internal static class TlsDoor
{
    /// <exception cref="StartupException">A file cannot be used; names the flag.</exception>
    public static HttpsConnectionAdapterOptions Open(GatewayOptions options)
    {
        var https = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = Load("--tls-certificate and --tls-key", options.TlsCertificate!, path => X509Certificate2.CreateFromPemFile(path, options.TlsKey!)),
            ServerCertificateChain = Load("--tls-certificate", options.TlsCertificate!, Many),
        };
        if (options.TlsClientCa is not { } ca)
            return https;
        var authorities = Load("--tls-client-ca", ca, Many);
        if (authorities.Count == 0)
            throw new StartupException($"--tls-client-ca: {ca} holds no certificate; give a PEM file of one or more authorities");
        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        https.ClientCertificateValidation = (certificate, _, _) =>
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            // id-kp-clientAuth, RFC 5280 4.2.1.12.
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
            return chain.Build(certificate);
        };
        return https;
    }

    private static X509Certificate2Collection Many(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates;
    }

    private static T Load<T>(string flag, string path, Func<string, T> load)
    {
        try
        {
            return load(path);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartupException($"{flag}: {path} cannot be used ({e.Message}); give PEM files that belong together", e);
        }
    }
}
