using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shared.Hosting.Service;

namespace Shared.Hosting.Tls;

/// <summary>A listener's certificate, and the authorities that sign its clients' certificates. Immutable.</summary>
public sealed class TlsCertificate
{
    private readonly X509Certificate2Collection? _clientAuthorities;

    private TlsCertificate(X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection? clientAuthorities)
    {
        Subject = certificate.Subject;
        NotAfter = certificate.NotAfter;
        _clientAuthorities = clientAuthorities;
        // Clients that have several certificates choose by the names of the authorities, which are sent. Offline: nothing is fetched to
        // complete the chain.
        var trust = clientAuthorities is null
            ? null
            : SslCertificateTrust.CreateForX509Collection(clientAuthorities, sendTrustInHandshake: true);
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true, trust);
    }

    public string Subject { get; }

    public DateTimeOffset NotAfter { get; }

    public SslStreamCertificateContext Context { get; }

    public bool AsksForClientCertificate => _clientAuthorities is not null;

    /// <param name="flags">The first part of the names of the flags that name the files: "--tls".</param>
    /// <param name="certificatePem">The certificate, followed by the certificates that lead to its authority.</param>
    /// <param name="keyPem">Its private key.</param>
    /// <param name="clientAuthoritiesPem">The authorities that sign clients' certificates; null: clients need none.</param>
    /// <exception cref="StartupException">A text cannot be used; the message names the flag.</exception>
    public static TlsCertificate Load(string flags, string certificatePem, string keyPem, string? clientAuthoritiesPem)
    {
        var chain = Import($"{flags}-certificate", certificatePem);
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new StartupException(
                $"{flags}-key: this is not the private key of the certificate, in PEM and without a passphrase ({e.Message})", e);
        }
        chain.RemoveAt(0);
        if (clientAuthoritiesPem is null)
            return new TlsCertificate(certificate, chain, null);
        var authorities = Import($"{flags}-client-ca", clientAuthoritiesPem);
        if (!authorities.Any(a => a.SubjectName.RawData.AsSpan().SequenceEqual(a.IssuerName.RawData)))
            throw new StartupException($"{flags}-client-ca: there is no root certificate in the file; add the one that the others lead to");
        return new TlsCertificate(certificate, chain, authorities);
    }

    /// <summary>A policy for checking a client's certificate, for one handshake, which adds to it; null: none is checked.</summary>
    public X509ChainPolicy? NewClientPolicy()
    {
        if (_clientAuthorities is null)
            return null;
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // Otherwise a stranger's certificate could make the service fetch the URL that it names.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_clientAuthorities);
        return policy;
    }

    private static X509Certificate2Collection Import(string flag, string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new StartupException($"{flag}: a certificate in the file cannot be read ({e.Message})", e);
        }
        return certificates.Count > 0 ? certificates : throw new StartupException($"{flag}: there is no certificate in PEM in the file");
    }
}
