using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace SaimirisGateway.Tests.Api;

/// <summary>
/// Replaces a provider of users' tokens. It serves its keys over HTTP (RFC 7517), and signs (RFC 7515, 7518) without the library with which
/// the gateway checks.
/// </summary>
internal sealed class KeyProvider : IAsyncDisposable
{
    public const string Issuer = "https://provider.test/", RsaId = "rsa-1", P256Id = "p256-1", P384Id = "p384-1";

    private readonly Dictionary<string, RSA> _rsa = [];
    private readonly Dictionary<string, ECDsa> _ec = [];
    private KestrelEndpoint? _endpoint;
    private int _fetches;

    private KeyProvider()
    {
        AddRsa(RsaId);
        _ec[P256Id] = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _ec[P384Id] = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    }

    public Uri Uri => new($"http://{_endpoint!.Bound}/.well-known/jwks.json?secret-of-the-uri");

    /// <summary>The number of requests for the keys.</summary>
    public int Fetches => _fetches;

    /// <summary>The status of its answers.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    /// <summary>The body of its answers; null for its keys.</summary>
    public string? Text { get; set; }

    public string ContentType { get; set; } = "application/json";

    public RSA Rsa => _rsa[RsaId];

    public static async Task<KeyProvider> StartAsync()
    {
        var provider = new KeyProvider();
        provider._endpoint = await KestrelEndpoint.StartAsync("test", new HostPort("127.0.0.1", 0), NullLoggerFactory.Instance,
            new KestrelSetup { Http = provider.AnswerAsync }, CancellationToken.None);
        return provider;
    }

    public void AddRsa(string kid) => _rsa[kid] = RSA.Create(2048);

    /// <summary>Makes a token of the subject that is valid for an hour.</summary>
    public string Token(string subject, string alg = "RS256", string? kid = null) => Sign(Header(alg, kid ?? IdFor(alg)), Claims(subject));

    public static Dictionary<string, object?> Header(string alg, string? kid) => new() { ["alg"] = alg, ["typ"] = "JWT", ["kid"] = kid };

    public static Dictionary<string, object?> Claims(string? subject, DateTimeOffset? now = null) => new()
    {
        ["iss"] = Issuer,
        ["sub"] = subject,
        ["exp"] = ((now ?? TimeProvider.System.GetUtcNow()) + TimeSpan.FromHours(1)).ToUnixTimeSeconds(),
    };

    /// <summary>Signs a token with the header's kid and alg. It leaves out members that are null.</summary>
    public string Sign(Dictionary<string, object?> header, Dictionary<string, object?> claims)
    {
        string input = $"{Part(header)}.{Part(claims)}";
        byte[] bytes = Encoding.ASCII.GetBytes(input);
        string kid = header["kid"] as string ?? RsaId;
        byte[] signature = (string)header["alg"]! switch
        {
            "RS256" => RsaOf(kid).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS384" => RsaOf(kid).SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "RS512" => RsaOf(kid).SignData(bytes, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            "PS256" => RsaOf(kid).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "ES256" => _ec[kid].SignData(bytes, HashAlgorithmName.SHA256),
            "ES384" => _ec[kid].SignData(bytes, HashAlgorithmName.SHA384),
            // The well-known attack: the public key, which everybody has, as the secret.
            "HS256" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem()), bytes),
            _ => [],
        };
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoint!.StopAsync(CancellationToken.None);
        foreach (IDisposable key in _rsa.Values.Cast<IDisposable>().Concat(_ec.Values))
            key.Dispose();
    }

    private static string IdFor(string alg) => alg switch { "ES256" => P256Id, "ES384" => P384Id, _ => RsaId };

    // An unknown kid is signed with the first key.
    private RSA RsaOf(string kid) => _rsa.GetValueOrDefault(kid) ?? Rsa;

    private static string Part(Dictionary<string, object?> members) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(members.Where(member => member.Value is not null).ToDictionary()));

    private async Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref _fetches);
        http.Response.StatusCode = Status;
        http.Response.ContentType = ContentType;
        await http.Response.WriteAsync(Text ?? Keys());
    }

    private string Keys()
    {
        var keys = new List<object>
        {
            new { kty = "oct", kid = "oct-1", k = "AAAA" },
            new { kty = "RSA", kid = "for-encryption", use = "enc", n = Encoded(Rsa.ExportParameters(false).Modulus), e = "AQAB" },
            new { kty = "RSA", n = Encoded(Rsa.ExportParameters(false).Modulus), e = "AQAB" },
        };
        keys.AddRange(_rsa.Select(key =>
            (object)new
            {
                kty = "RSA",
                kid = key.Key,
                use = "sig",
                n = Encoded(key.Value.ExportParameters(false).Modulus),
                e = Encoded(key.Value.ExportParameters(false).Exponent)
            }));
        keys.AddRange(_ec.Select(key => (object)new
        {
            kty = "EC",
            kid = key.Key,
            crv = key.Key == P256Id ? "P-256" : "P-384",
            x = Encoded(key.Value.ExportParameters(false).Q.X),
            y = Encoded(key.Value.ExportParameters(false).Q.Y),
        }));
        return JsonSerializer.Serialize(new { keys });
    }

    private static string Encoded(byte[]? bytes) => Base64Url.EncodeToString(bytes);
}
