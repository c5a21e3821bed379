using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shared.Hosting.Flags;
using Shared.Hosting.Tls;
using Shared.Records.Batch;

namespace SaimirisGateway.Tests.Replies.Listen;

public sealed class TlsHandshakeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-tls-");
    private readonly byte[] _body = Packets.Pcap(101, false, false, Packets.TimeExceeded());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TLS_speaks_both_versions_of_HTTP()
    {
        var server = Write("server", Make("CN=localhost"));
        await using var gateway = await Gateway.StartAsync(new MemorySink(), Options(server));
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
            Assert.Equal((202, version), await SendAsync(gateway, version, certificate: null));
    }

    [Fact]
    public async Task With_an_authority_only_its_agents_get_in()
    {
        var server = Write("server", Make("CN=localhost"));
        using var authority = Make("CN=agents", isAuthority: true);
        var ca = Write("ca", authority);
        await using var gateway = await Gateway.StartAsync(new MemorySink(), Options(server, ca.Certificate));
        using var own = Make("CN=ams-1", signer: authority);
        using var foreign = Make("CN=ams-1");
        Assert.Equal((202, HttpVersion.Version20), await SendAsync(gateway, HttpVersion.Version20, own));
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(gateway, HttpVersion.Version11, foreign));
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(gateway, HttpVersion.Version11, certificate: null));
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named()
    {
        string[] address = ["--tls-address", "127.0.0.1:0"];
        Assert.Contains("--tls-certificate: /nowhere.pem cannot be read",
            Refusal([.. address, "--tls-certificate", "/nowhere.pem", "--tls-key", "/nowhere.key"]), StringComparison.Ordinal);
        Assert.Contains("--tls-address: needs", Refusal(address), StringComparison.Ordinal);
        var server = Write("server", Make("CN=localhost"));
        Assert.Contains("--tls-address: needs", Refusal("--tls-certificate", server.Certificate, "--tls-key", server.Key),
            StringComparison.Ordinal);

        static string Refusal(params string[] args) =>
            Assert.Throws<UsageException>(
                () => GatewayOptions.CommandLine(_ => null).Parse(["--i-know", .. args], TextWriter.Null, out _)!.Read()).Message;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static GatewayOptions Options((string Certificate, string Key) server, string? clientCa = null) => Gateway.Options with
    {
        Http = Gateway.Options.Http with
        {
            TlsAddress = new HostPort("127.0.0.1", 0),
            Tls = new TlsOptions("--tls", server.Certificate, server.Key, clientCa),
        },
    };

    private async Task<(int, Version)> SendAsync(Gateway gateway, Version version, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(_folder.FullName, "server.pem"))) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
                ClientCertificates = certificate is null ? null : [certificate],
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{gateway.EndPoints[1]}") };
        using var request = Gateway.Request(new ByteArrayContent(_body), "application/vnd.tcpdump.pcap");
        (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
        using var response = await client.SendAsync(request, Cancel);
        return ((int)response.StatusCode, response.Version);
    }

    private static X509Certificate2 Make(string name, bool isAuthority = false, X509Certificate2? signer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset from = DateTimeOffset.UtcNow.AddMinutes(-5), to = DateTimeOffset.UtcNow.AddMinutes(isAuthority ? 60 : 30);
        using var certificate = signer is null ? request.CreateSelfSigned(from, to)
            : request.Create(signer, from, to, [1, 2, 3, 4]).CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private (string Certificate, string Key) Write(string name, X509Certificate2 certificate)
    {
        string pem = Path.Combine(_folder.FullName, name + ".pem"), key = Path.Combine(_folder.FullName, name + ".key");
        File.WriteAllText(pem, certificate.ExportCertificatePem());
        File.WriteAllText(key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return (pem, key);
    }
}
