using System.Buffers.Text;
using System.Text;

namespace SaimirisGateway.Tests.Api;

/// <summary>
/// Tests section 3.1: which tokens are accepted. Each test has a gateway of its own, because the cache of keys is part of the test.
/// </summary>
public sealed class TokenTests
{
    private const string Me = "/api/user/me";

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static Dictionary<string, object?> Claims(params (string Name, object? Value)[] changes)
    {
        var claims = KeyProvider.Claims("subject");
        foreach (var (name, value) in changes)
            claims[name] = value;
        return claims;
    }

    private static async Task RefusedAsync(ApiGateway gateway, string? authorization, string text, int status = 401)
    {
        var response = await gateway.SendAsync(HttpMethod.Get, Me, change: request =>
        {
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
        });
        Assert.Equal((status, $$"""{"error":"{{text.Replace("\"", "\\\"", StringComparison.Ordinal)}}"}""", "application/json"),
            (response.Status, response.Text, response.Type));
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    public async Task A_token_of_the_provider_lets_its_subject_in(string alg)
    {
        await using var gateway = await ApiGateway.StartAsync();
        var response = await gateway.SendAsync(HttpMethod.Get, Me, gateway.Provider.Token("test-user-id", alg));
        Assert.Equal((200, 3378200448u), (response.Status, response.Json.GetProperty("user_id").GetUInt32()));
        Assert.Equal(1, gateway.Provider.Fetches);
    }

    [Fact]
    public async Task Tokens_that_are_not_sound_are_401_and_are_not_logged()
    {
        await using var gateway = await ApiGateway.StartAsync();
        var provider = gateway.Provider;
        var tokens = new List<string>();
        async Task refused(string token, string text)
        {
            tokens.Add(token);
            await RefusedAsync(gateway, $"Bearer {token}", text);
        }

        var rs256 = KeyProvider.Header("RS256", KeyProvider.RsaId);
        string sound = provider.Sign(rs256, Claims());
        Assert.Equal(200, (await gateway.SendAsync(HttpMethod.Get, Me, sound)).Status);
        string[] parts = sound.Split('.');

        // RFC 8725 2.1: no signature; the public key as a secret.
        await refused(provider.Sign(KeyProvider.Header("none", KeyProvider.RsaId), Claims()), "Invalid token header: unknown algorithm");
        await refused($"{Encoded("""{"alg":"none"}""")}.{parts[1]}.", "Invalid token header: unknown algorithm");
        await refused(provider.Sign(KeyProvider.Header("HS256", KeyProvider.RsaId), Claims()), "Unsupported algorithm: HS256");
        await refused(provider.Sign(KeyProvider.Header("PS256", KeyProvider.RsaId), Claims()), "Unsupported algorithm: PS256");
        await refused(provider.Sign(KeyProvider.Header("EdDSA", KeyProvider.RsaId), Claims()), "Unsupported algorithm: EdDSA");
        await refused(provider.Sign(KeyProvider.Header("HS256", "oct-1"), Claims()), "Unsupported algorithm: HS256");
        // A key that does not fit the algorithm, and a key for encryption.
        await refused(provider.Sign(KeyProvider.Header("RS256", KeyProvider.P256Id), Claims()), "Invalid token: InvalidSignature");
        await refused(provider.Sign(KeyProvider.Header("RS256", "for-encryption"), Claims()), "Unknown key ID");
        await refused(provider.Sign(KeyProvider.Header("RS256", "oct-1"), Claims()), "Unknown key ID");
        await refused(provider.Sign(KeyProvider.Header("RS256", null), Claims()), "Token missing kid claim");
        // Forged claims with a valid signature of other claims.
        string forged = Encoded("""{"iss":"https://provider.test/","sub":"root","exp":9999999999}""");
        await refused($"{parts[0]}.{forged}.{parts[2]}", "Invalid token: InvalidSignature");
        await refused($"{parts[0]}.{parts[1]}.{Encoded("rubbish")}", "Invalid token: InvalidSignature");
        await refused($"{parts[0]}.{parts[1]}.", "Invalid token: InvalidSignature");

        await refused(provider.Sign(rs256, Claims(("exp", Now.AddSeconds(-90).ToUnixTimeSeconds()))), "Invalid token: ExpiredSignature");
        await refused(provider.Sign(rs256, Claims(("exp", null))), "Invalid token: MissingRequiredClaim");
        await refused(provider.Sign(rs256, Claims(("nbf", Now.AddSeconds(150).ToUnixTimeSeconds()))), "Invalid token: ImmatureSignature");
        await refused(provider.Sign(rs256, Claims(("iss", "https://provider.test"))), "Invalid token: InvalidIssuer");
        await refused(provider.Sign(rs256, Claims(("iss", null))), "Invalid token: InvalidIssuer");
        await refused(provider.Sign(rs256, Claims(("sub", null))), "Invalid token: MissingRequiredClaim");
        await refused(provider.Sign(rs256, Claims(("sub", ""))), "Invalid token: MissingRequiredClaim");
        await refused("x", "Invalid token header: it is no JSON Web Token");
        await refused("a.b.c", "Invalid token header: it is no JSON Web Token");
        await refused(provider.Sign(new Dictionary<string, object?>(rs256) { ["crit"] = new[] { "b64" }, ["b64"] = false }, Claims()),
            "Invalid token header: unknown critical extension");

        // A minute of leeway on either side.
        foreach (var claims in new[] { Claims(("exp", Now.AddSeconds(-20).ToUnixTimeSeconds())),
            Claims(("nbf", Now.AddSeconds(50).ToUnixTimeSeconds())) })
            Assert.Equal(200, (await gateway.SendAsync(HttpMethod.Get, Me, provider.Sign(rs256, claims))).Status);

        string log = gateway.Log.Text;
        Assert.All(tokens.Where(token => token.Length > 10).SelectMany(token => token.Split('.')).Where(part =>
            part.Length > 10).Distinct(), part => Assert.DoesNotContain(part, log, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_header_that_is_no_bearers_is_401()
    {
        await using var gateway = await ApiGateway.StartAsync();
        string token = gateway.Provider.Token("subject");
        await RefusedAsync(gateway, null, "Authorization header is missing");
        foreach (string authorization in (string[])["Basic abc", $"bearer {token}", $"BEARER {token}", token, "Bearer"])
            await RefusedAsync(gateway, authorization, "Authorization header must start with \"Bearer \"");
    }

    [Fact]
    public async Task The_audience_is_looked_at_when_one_is_given()
    {
        await using var gateway = await ApiGateway.StartAsync(change: options =>
            options with { Users = options.Users with { Audience = "https://api.test" } });
        async Task<int> status(object? audience) =>
            (await gateway.SendAsync(HttpMethod.Get, Me,
                gateway.Provider.Sign(KeyProvider.Header("RS256", KeyProvider.RsaId), Claims(("aud", audience))))).Status;
        Assert.Equal(200, await status("https://api.test"));
        Assert.Equal(200, await status(new[] { "https://other.test", "https://api.test" }));
        Assert.Equal(401, await status("https://other.test"));
        Assert.Equal(401, await status(null));
        await RefusedAsync(gateway, $"Bearer {gateway.Provider.Token("subject")}", "Invalid token: InvalidAudience");
    }

    [Fact]
    public async Task Without_a_provider_or_an_issuer_there_is_an_error_of_the_gateways()
    {
        await using (var gateway = await ApiGateway.StartAsync(change: options =>
            options with { Users = options.Users with { JwksUri = null } }))
            await RefusedAsync(gateway, $"Bearer {gateway.Provider.Token("subject")}", "AUTH0_JWKS_URI is not configured", 500);
        await using (var gateway = await ApiGateway.StartAsync(change: options =>
            options with { Users = options.Users with { Issuer = null } }))
            await RefusedAsync(gateway, $"Bearer {gateway.Provider.Token("subject")}", "AUTH0_ISSUER is not configured", 500);
    }

    [Fact]
    public async Task A_flood_of_unknown_keys_asks_the_provider_once_in_30_seconds()
    {
        await using var gateway = await ApiGateway.StartAsync();
        var provider = gateway.Provider;
        string[] kids = ["../../etc/passwd", "a/b?c=d#e", "' OR 1=1 --", "%00", "\u0000", "\r\nX-Injected: yes", "🦊",
            new string('k', 4000)];
        string[] tokens = [.. kids.Concat(Enumerable.Range(0, 200).Select(n => $"kid-{n}")).Select(kid =>
            provider.Sign(KeyProvider.Header("RS256", kid), KeyProvider.Claims("subject")))];
        async Task floodAsync()
        {
            var responses = await Task.WhenAll(tokens.Select(token => gateway.SendAsync(HttpMethod.Get, Me, token)));
            Assert.All(responses, response => Assert.Equal((401, """{"error":"Unknown key ID"}"""), (response.Status, response.Text)));
        }

        await floodAsync();
        Assert.Equal(1, provider.Fetches);
        gateway.Clock.Shift += TimeSpan.FromSeconds(29);
        await floodAsync();
        Assert.Equal(1, provider.Fetches);
        gateway.Clock.Shift += TimeSpan.FromSeconds(2);
        await floodAsync();
        Assert.Equal(2, provider.Fetches);
        Assert.DoesNotContain("etc/passwd", gateway.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_key_is_taken_without_waiting_for_the_old_ones_to_be_12_hours_old()
    {
        await using var gateway = await ApiGateway.StartAsync();
        Assert.Equal(200, (await gateway.GetAsync(Me, "subject")).Status);
        gateway.Provider.AddRsa("rotated/2");
        string rotated = gateway.Provider.Sign(KeyProvider.Header("RS256", "rotated/2"), KeyProvider.Claims("subject"));
        Assert.Equal(401, (await gateway.SendAsync(HttpMethod.Get, Me, rotated)).Status);
        gateway.Clock.Shift += TimeSpan.FromSeconds(31);
        Assert.Equal(200, (await gateway.SendAsync(HttpMethod.Get, Me, rotated)).Status);
        Assert.Equal(2, gateway.Provider.Fetches);
    }

    [Fact]
    public async Task Old_keys_stay_while_the_provider_is_away()
    {
        await using var gateway = await ApiGateway.StartAsync();
        Assert.Equal(200, (await gateway.GetAsync(Me, "subject")).Status);
        gateway.Provider.Status = 503;
        gateway.Clock.Shift += TimeSpan.FromHours(13);
        string later = gateway.Provider.Sign(
            KeyProvider.Header("RS256", KeyProvider.RsaId), KeyProvider.Claims("subject", gateway.Clock.GetUtcNow()));
        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SendAsync(HttpMethod.Get, Me, later)));
        Assert.All(responses, response => Assert.Equal(200, response.Status));
        Assert.Equal(2, gateway.Provider.Fetches);
    }

    [Fact]
    public async Task Keys_are_read_as_UTF_8_even_if_the_answer_names_another_encoding()
    {
        await using var gateway = await ApiGateway.StartAsync();
        gateway.Provider.ContentType = "application/json; charset=bogus";
        Assert.Equal(200, (await gateway.GetAsync(Me, "subject")).Status);
    }

    [Theory]
    [InlineData(500, null, "JWKS request failed with status: 500")]
    [InlineData(200, "<html>", "Failed to parse JWKS")]
    [InlineData(200, "{}", "No valid keys found in JWKS")]
    [InlineData(200, """{"keys":[{"kty":"oct","kid":"x","k":"AAAA"},{"kty":"RSA","kid":"y"}]}""", "No valid keys found in JWKS")]
    public async Task Without_any_key_of_the_provider_it_is_503_without_its_address(int status, string? text, string error)
    {
        await using var gateway = await ApiGateway.StartAsync();
        (gateway.Provider.Status, gateway.Provider.Text) = (status, text);
        string token = gateway.Provider.Token("subject");
        await RefusedAsync(gateway, $"Bearer {token}", error, 503);
        Assert.Equal("5", (await gateway.SendAsync(HttpMethod.Get, Me, token)).Headers["Retry-After"]);
        Assert.Equal(1, gateway.Provider.Fetches);
        (gateway.Provider.Status, gateway.Provider.Text) = (200, null);
        gateway.Clock.Shift += TimeSpan.FromSeconds(6);
        Assert.Equal(200, (await gateway.SendAsync(HttpMethod.Get, Me, token)).Status);
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_503_without_its_address()
    {
        await using var gateway = await ApiGateway.StartAsync(change: options =>
            options with { Users = options.Users with { JwksUri = new Uri("http://127.0.0.1:1/secret-of-the-uri") } });
        await RefusedAsync(gateway, $"Bearer {gateway.Provider.Token("subject")}", "Failed to fetch JWKS", 503);
    }

    [Fact]
    public async Task With_the_bypass_everybody_is_the_test_user_and_each_request_is_logged()
    {
        await using var gateway = await ApiGateway.StartAsync(change: options =>
            options with { Users = options.Users with { Bypass = true } });
        Assert.Equal(3378200448u, (await gateway.GetAsync(Me)).Json.GetProperty("user_id").GetUInt32());
        Assert.Equal(200, (await gateway.SendAsync(HttpMethod.Get, Me, "rubbish")).Status);
        Assert.Equal(2,
            gateway.Log.Lines.Count(line =>
            line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("--bypass-jwt", StringComparison.Ordinal)));
        Assert.Equal(0, gateway.Provider.Fetches);
    }

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
