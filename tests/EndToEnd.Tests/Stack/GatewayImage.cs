using System.Text.Json;
using EndToEnd.Tests.Live;
using SaimirisGateway.Tests.Api;

namespace EndToEnd.Tests.Stack;

/// <summary>
/// Sends requests to the gateway's image that use each of its libraries, because trimming may remove parts of the framework that they need.
/// </summary>
internal static class GatewayImage
{
    private const string Agent = "ams-2", Subject = "auth0|user-of-the-image", Own = "http://127.0.0.1:8080";

    private const int KeysPort = 8099;

    /// <summary>Registers an agent, and reads the description of the API.</summary>
    public static async Task AskAsync(NetworkLab lab, string host, string address, CancellationToken cancel)
    {
        await AgentAsync(lab, host, address, ContractCommandLines.AgentKey, cancel);
        using var agents = await JsonAsync(lab, host, cancel, $"{address}/api/agents");
        Assert.Contains(Agent, agents.RootElement.EnumerateArray().Select(agent => agent.GetProperty("id").GetString()));
        // Nobody signed this token, and the provider cannot be reached from here.
        Assert.Equal("401", await StatusAsync(lab, host, cancel, $"{address}/api/user/me"));

        using var document = await JsonAsync(lab, host, cancel, $"{address}/openapi.json");
        Assert.True(document.RootElement.GetProperty("paths").GetProperty("/api/probes").TryGetProperty("post", out _));
        Assert.True(document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject().Any());
        Assert.Contains("<title>Saimiris Gateway</title>", await CurlAsync(lab, host, cancel, "--location", $"{address}/docs"),
            StringComparison.Ordinal);
    }

    /// <summary>Returns the arguments for a start without PostgreSQL, with a provider of tokens in the lab.</summary>
    public static async Task<string[]> OnSqliteAsync(NetworkLab lab, string host, string metrics, CancellationToken cancel)
    {
        string folder = Path.Combine(lab.Folder.FullName, "keys");
        Directory.CreateDirectory(folder);
        await using var provider = await KeyProvider.StartAsync();
        using var client = new HttpClient();
        await File.WriteAllTextAsync(Path.Combine(folder, "jwks.json"), await client.GetStringAsync(provider.Uri, cancel), cancel);
        foreach (string algorithm in new[] { "RS256", "ES384" })
            await File.WriteAllTextAsync(TokenFile(lab, algorithm), $"Authorization: Bearer {provider.Token(Subject, algorithm)}", cancel);
        lab.Start(host, "python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, $"{KeysPort}");
        return
        [
            "--address", "127.0.0.1:8080", "--metrics-address", metrics, "--kafka-brokers", $"[{ContractCommandLines.Backend}::103]:9092",
                "--database-url", "sqlite:/data/gateway.db",
            "--auth0-jwks-uri", $"http://127.0.0.1:{KeysPort}/jwks.json", "--auth0-issuer", KeyProvider.Issuer, "--clickhouse-url",
                "http://127.0.0.1:1/",
        ];
    }

    /// <summary>Sends a token, makes a measurement and asks for it. ClickHouse is not there, and the answer must say so.</summary>
    public static async Task AskAsUserAsync(NetworkLab lab, string host, CancellationToken cancel)
    {
        await AgentAsync(lab, host, Own, "agent-key", cancel);
        foreach (string algorithm in new[] { "RS256", "ES384" })
            Assert.Equal("200", await StatusAsync(lab, host, cancel, "--header", $"@{TokenFile(lab, algorithm)}", $"{Own}/api/user/me"));
        string[] user = ["--header", $"@{TokenFile(lab, "RS256")}"];
        using var prefixes = await JsonAsync(lab, host, cancel, [.. user, $"{Own}/api/user/prefixes"]);
        string source = prefixes.RootElement.GetProperty("agents")[0].GetProperty("prefixes")[0].GetProperty("user_prefix")
            .GetString()!.Split('/')[0];
        string body =
            $$"""{"metadata":[{"id":"{{Agent}}","ip_address":"{{source}}1"}],"probes":[["2001:db8::1",24000,33434,5,"icmpv6"]]}""";
        using var measurement = await JsonAsync(lab, host, cancel, [.. user, "--json", body, $"{Own}/api/probes"]);
        string id = measurement.RootElement.GetProperty("id").GetString()!;
        using var status = await JsonAsync(lab, host, cancel, [.. user, $"{Own}/api/measurement/{id}/status"]);
        Assert.Equal(1, status.RootElement.GetProperty("total_expected_probes").GetInt32());
        Assert.Equal("503", await StatusAsync(lab, host, cancel, [.. user, $"{Own}/api/measurement/{id}/replies"]));
    }

    private static async Task AgentAsync(NetworkLab lab, string host, string address, string key, CancellationToken cancel)
    {
        string[] agent = ["--header", $"Authorization: Bearer {key}"];
        await CurlAsync(lab, host, cancel, [.. agent, "--json", $$"""{"id":"{{Agent}}","secret":"secret-of-ams-2"}""",
            $"{address}/agent-api/agent/register"]);
        await CurlAsync(lab, host, cancel, [.. agent, "--json", """[{"src_ipv6_prefix":"2a0e:97c0:8a4::/48"}]""",
            $"{address}/agent-api/agent/{Agent}/config"]);
        await CurlAsync(lab, host, cancel, [.. agent, "--json", """{"healthy":true}""", $"{address}/agent-api/agent/{Agent}/health"]);
    }

    private static string TokenFile(NetworkLab lab, string algorithm) => Path.Combine(lab.Folder.FullName, $"{algorithm}.header");

    private static async Task<JsonDocument> JsonAsync(NetworkLab lab, string host, CancellationToken cancel, params string[] arguments) =>
        JsonDocument.Parse(await CurlAsync(lab, host, cancel, arguments));

    private static Task<string> StatusAsync(NetworkLab lab, string host, CancellationToken cancel, params string[] arguments) =>
        lab.RunInAsync(host, ["curl", "--silent", "--globoff", "--output", "/dev/null", "--write-out", "%{http_code}", .. arguments],
            cancel);

    private static Task<string> CurlAsync(NetworkLab lab, string host, CancellationToken cancel, params string[] arguments) =>
        lab.RunInAsync(host, ["curl", "--silent", "--show-error", "--globoff", "--fail-with-body", .. arguments], cancel);
}
