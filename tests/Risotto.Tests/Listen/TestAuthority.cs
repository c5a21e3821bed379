using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Risotto.Tests.Listen;

/// <summary>A certificate authority with an intermediate one below it, which signs what tests need; and a folder for the files.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1"), ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private static readonly DateTimeOffset NotBefore = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-tls-").FullName;
    private readonly X509Certificate2 _intermediate;

    public TestAuthority(string name = "Test")
    {
        Root = Sign(null, $"CN={name} root", isAuthority: true, null, DateTimeOffset.UtcNow.AddDays(30));
        _intermediate = Sign(Root, $"CN={name} intermediate", isAuthority: true, null, DateTimeOffset.UtcNow.AddDays(20));
        File.WriteAllText(RootFile, Root.ExportCertificatePem());
    }

    public X509Certificate2 Root { get; }

    public string RootFile => FileOf("root.pem");

    public string CertificateFile => FileOf("server.pem");

    public string KeyFile => FileOf("server.key");

    public string FileOf(string name) => Path.Combine(_folder, name);

    /// <summary>A certificate for 127.0.0.1, with its private key.</summary>
    public X509Certificate2 Sign(string subject, Oid usage, DateTimeOffset? notAfter = null) =>
        Sign(_intermediate, subject, isAuthority: false, usage, notAfter ?? DateTimeOffset.UtcNow.AddDays(10));

    /// <summary>What a client with the certificate sends: the intermediate one behind it.</summary>
    public SslStreamCertificateContext ChainOf(X509Certificate2 certificate) =>
        SslStreamCertificateContext.Create(certificate, [_intermediate], offline: true);

    /// <summary>Puts a certificate for the listener into the files.</summary>
    public X509Certificate2 WriteServer(string subject = "CN=collector", DateTimeOffset? notAfter = null)
    {
        var certificate = Sign(subject, ServerAuthentication, notAfter);
        File.WriteAllText(CertificateFile, $"{certificate.ExportCertificatePem()}\n{_intermediate.ExportCertificatePem()}\n");
        File.WriteAllText(KeyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Root.Dispose();
        _intermediate.Dispose();
    }

    private static X509Certificate2 Sign(X509Certificate2? issuer, string subject, bool isAuthority, Oid? usage, DateTimeOffset notAfter)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        if (usage is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([usage], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        if (issuer is null)
            return request.CreateSelfSigned(NotBefore, notAfter);
        using var signed = request.Create(issuer, NotBefore, notAfter, Guid.NewGuid().ToByteArray());
        return signed.CopyWithPrivateKey(key);
    }
}
