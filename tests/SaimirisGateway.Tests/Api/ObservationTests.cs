using System.Text.RegularExpressions;
using SaimirisGateway.Tests.Storage;

namespace SaimirisGateway.Tests.Api;

/// <summary>Tests section 10, the document of the API, and that no secret is in log or metrics.</summary>
public sealed class ObservationTests(PostgresServer server)
{
    [Fact]
    public async Task Every_metric_of_the_contract_moves()
    {
        await using var gateway = await ApiGateway.StartAsync();
        string one = await gateway.AddAgentAsync("one"), two = await gateway.AddAgentAsync("two");
        await gateway.AgentPostAsync("/agent-api/agent/register", """{"id":"one","secret":"secret-of-one"}""");
        await gateway.AgentPostAsync("/agent-api/agent/register", """{"id":"one","secret":"wrong"}""");
        string source = await gateway.SourceAsync("user");
        Assert.Equal(200, (await gateway.SubmitAsync("user", source, 5, null, one, two)).Status);
        await gateway.SubmitAsync("user", source, 0, null, one);
        await gateway.GetAsync("/api/agents");
        await gateway.GetAsync("/api/agent/one");
        await gateway.GetAsync("/api/agent/nobody");
        await gateway.GetAsync("/made-up/by-the-client");
        await gateway.SendAsync(HttpMethod.Head, "/api/agents");
        await gateway.SendAsync(new HttpMethod("BREW"), "/api/agents");
        await gateway.GetAsync("/api/user/me");
        await gateway.SendAsync(HttpMethod.Post, "/agent-api/agent/one/replies", "wrong", "");

        string[] metrics = (await gateway.MetricsAsync()).Split('\n');
        string request(string method, string path, int status, int count) =>
            $$"""saimiris_gateway_http_requests_total{method="{{method}}",path="{{path}}",status="{{status}}"} {{count}}""";
        string[] expected =
        [
            "saimiris_gateway_probes_submitted_total 10", "saimiris_gateway_measurements_created_total 1",
                "saimiris_gateway_agents_registered_total 3",
            "saimiris_gateway_agents_active 2", "saimiris_gateway_kafka_errors_total 0",
            request("POST", "/agent-api/agent/register", 200, 3), request("POST", "/agent-api/agent/register", 409, 1),
            request("POST", "/api/probes", 200, 1), request("POST", "/api/probes", 400, 1),
            request("GET", "/api/agents", 200, 1), request("HEAD", "/api/agents", 200, 1), request("other", "/api/agents", 405, 1),
            request("GET", "/api/agent/{id}", 200, 1), request("GET", "/api/agent/{id}", 404, 1), request("GET", "unmatched", 404, 1),
            request("GET", "/api/user/me", 401, 1), request("POST", "/agent-api/agent/{id}/replies", 401, 1),
        ];
        Assert.Empty(expected.Except(metrics));
        string[] names = ["probes_submitted_total counter", "measurements_created_total counter", "agents_registered_total counter",
            "kafka_errors_total counter", "agents_active gauge", "http_requests_total counter"];
        Assert.Empty(names.Select(name => $"# TYPE saimiris_gateway_{name}").Except(metrics));
    }

    [Fact]
    public async Task A_batch_that_fails_is_counted()
    {
        await using var gateway = await ApiGateway.StartAsync(change: options =>
            options with { Kafka = options.Kafka with { Brokers = ["127.0.0.1:1"] } });
        string agent = await gateway.AddAgentAsync("one");
        var response = await gateway.SubmitAsync("user", await gateway.SourceAsync("user"), 5, null, agent);
        Assert.True(response.Status is 202 or 500, response.Text);
        string count = Regex.Match(await gateway.MetricsAsync(), @"^saimiris_gateway_kafka_errors_total (\d+)", RegexOptions.Multiline)
            .Groups[1].Value;
        Assert.True(int.Parse(count, null) > 0);
    }

    [Trait("Needs", "Daemon")]
    [Fact]
    public async Task No_secret_is_in_any_log_line_or_metric()
    {
        const string databasePassword = "pass-of-the-database", brokerPassword = "pass-of-the-broker";
        var url = new Uri(await server.CreateDatabaseAsync());
        await using var gateway = await ApiGateway.StartAsync(
            $"postgresql://{url.Host}:{url.Port}{url.AbsolutePath}?user=postgres&password={databasePassword}&sslmode=disable",
            options => options with
            {
                Kafka = options.Kafka with { SaslPassword = brokerPassword },
                Users = options.Users with { Audience = "some-audience" }
            });
        string agent = await gateway.AddAgentAsync("ams-1");
        await gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{agent}}","secret":"another-secret-1"}""");
        await gateway.AgentPostAsync($"/agent-api/agent/{ApiGateway.OwnAgent}/health", """{"healthy":true}""", ApiGateway.OwnKey);
        await gateway.AgentPostAsync($"/agent-api/agent/{agent}/health", "{", "a-wrong-key-123");
        await gateway.SendAsync(
            HttpMethod.Post, $"/agent-api/agent/{agent}/replies", $"secret-of-{agent}", "rubbish", "application/vnd.capnproto");
        string refused = gateway.Provider.Token("user");
        await gateway.SendAsync(HttpMethod.Get, "/api/user/me", refused);
        string sound = gateway.Provider.Sign(
            KeyProvider.Header("RS256", KeyProvider.RsaId), new(KeyProvider.Claims("subject-of-somebody")) { ["aud"] = "some-audience" });
        Assert.Equal(200, (await gateway.SendAsync(HttpMethod.Get, "/api/user/me", sound)).Status);
        await gateway.SendAsync(HttpMethod.Post, "/api/probes", sound, """{"metadata":[],"probes":[]}""", change: request =>
            request.Headers.Add("Idempotency-Key", "an-idempotency-key"));
        string metrics = await gateway.MetricsAsync();
        await gateway.StopAsync();

        string seen = gateway.Log.Text + metrics;
        // The lines of ASP.NET itself are among them.
        Assert.Contains("Microsoft.AspNetCore", seen, StringComparison.Ordinal);
        string[] secrets =
        [
            ApiGateway.AgentKey, ApiGateway.OwnKey, "secret-of-ams-1", "another-secret-1", "a-wrong-key-123", databasePassword,
                brokerPassword, "subject-of-somebody",
            "secret-of-the-uri", .. refused.Split('.'), .. sound.Split('.'),
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, seen, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_document_names_every_route_and_the_page_fetches_nothing_from_elsewhere()
    {
        await using var gateway = await ApiGateway.StartAsync();
        var document = await gateway.GetAsync("/openapi.json");
        Assert.Equal(200, document.Status);
        string[] operations = [.. document.Json.GetProperty("paths").EnumerateObject().SelectMany(path =>
            path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}")).Order(StringComparer.Ordinal)];
        Assert.Equal(
        [
            "get /api/agent/{id}", "get /api/agent/{id}/config", "get /api/agent/{id}/health", "get /api/agents",
                "get /api/measurement/{id}/replies", "get /api/measurement/{id}/status",
            "get /api/measurements", "get /api/user/me", "get /api/user/prefixes", "post /agent-api/agent/register",
            "post /agent-api/agent/{id}/config", "post /agent-api/agent/{id}/health",
            "post /agent-api/agent/{id}/measurement/{mid}/status", "post /agent-api/agent/{id}/replies",
            "post /api/measurement/{id}/cancel", "post /api/probes",
        ], operations);

        var page = await gateway.GetAsync("/docs");
        while (page.Status is 301 or 302 or 307)
            page = await gateway.GetAsync(page.Headers["Location"]);
        Assert.Equal((200, "text/html"), (page.Status, page.Type));
        var sources = Regex.Matches(page.Text, """(?:src|href)="([^"]+)""").Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(sources);
        Assert.DoesNotContain(sources, source => source.Contains("//", StringComparison.Ordinal));
        foreach (string source in sources.Where(source => source.Contains(".js", StringComparison.Ordinal)))
            Assert.Equal(200, (await gateway.GetAsync(new Uri(new Uri($"http://{gateway.EndPoint}/docs/"), source).PathAndQuery)).Status);
    }
}
