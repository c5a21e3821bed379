using SaimirisGateway.Tests.Storage;

namespace SaimirisGateway.Tests.Api;

/// <summary>Tests the gateway when time passes, when its database is down, when requests are too many, and when it ends.</summary>
public sealed class AvailabilityTests(PostgresServer server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Trait("Needs", "Daemon")]
    [Fact]
    public async Task Agents_outlive_the_gateway()
    {
        string url = await server.CreateDatabaseAsync();
        string shown;
        await using (var gateway = await ApiGateway.StartAsync(url))
            shown = (await gateway.GetAsync($"/api/agent/{await gateway.AddAgentAsync("ams-1")}")).Text;
        await using var next = await ApiGateway.StartAsync(url);
        Assert.Equal(shown, (await next.GetAsync("/api/agent/ams-1")).Text);
        Assert.Equal(200, (await next.SubmitAsync("user", await next.SourceAsync("user"), 1, null, "ams-1")).Status);
    }

    [Fact]
    public async Task An_agent_is_present_for_ten_minutes_by_the_gateways_clock_and_not_by_its_own()
    {
        await using var gateway = await ApiGateway.StartAsync();
        await gateway.AddAgentAsync("immortal");
        // G14: a health check in the future must not keep an agent alive.
        await gateway.AgentPostAsync("/agent-api/agent/immortal/health", """{"healthy":true,"last_check":"2099-01-01T00:00:00Z"}""");
        await gateway.AddAgentAsync("old-by-its-word");
        string past = $"{gateway.Clock.GetUtcNow() - TimeSpan.FromMinutes(11):yyyy-MM-ddTHH:mm:ss}Z";
        await gateway.AgentPostAsync("/agent-api/agent/old-by-its-word/health", $$"""{"healthy":true,"last_check":"{{past}}"}""");
        string source = await gateway.SourceAsync("user");

        async Task<string> listed() =>
            string.Join(',',
            (await gateway.GetAsync("/api/agents")).Json.EnumerateArray().Select(agent => agent.GetProperty("id").GetString()));
        Assert.Equal("immortal", await listed());
        gateway.Clock.Shift += TimeSpan.FromMinutes(9.5);
        Assert.Equal("immortal", await listed());
        Assert.Equal(200, (await gateway.SubmitAsync("user", source, 1, null, "immortal")).Status);
        gateway.Clock.Shift += TimeSpan.FromMinutes(1);
        Assert.Equal("", await listed());
        // G15: it gets no probes either. Its own route shows it at any age.
        (await gateway.SubmitAsync("user", source, 1, null, "immortal"))
            .AssertError(400, "No healthy agents found for the requested measurement");
        Assert.Equal(200, (await gateway.GetAsync("/api/agent/immortal")).Status);
    }

    [Trait("Needs", "Daemon")]
    [Fact]
    public async Task While_the_database_is_away_the_API_says_503_and_replies_are_taken()
    {
        var direct = new Uri(await server.CreateDatabaseAsync());
        await using var line = new CutLine(direct.Port);
        await using var gateway = await ApiGateway.StartAsync(new UriBuilder(direct) { Port = line.Port }.Uri.ToString());
        string agent = await gateway.AddAgentAsync("ams-1"), secret = $"secret-of-{agent}";
        string source = await gateway.SourceAsync("user");
        Task<ApiResponse> repliesAsync(string key) =>
            gateway.SendAsync(HttpMethod.Post, $"/agent-api/agent/{agent}/replies", key, "", "application/vnd.capnproto");
        Assert.Equal(202, (await repliesAsync(secret)).Status);

        await line.CutAsync();
        var away = new (string Message, Func<Task<ApiResponse>> Send)[]
        {
            ("Internal error", () => gateway.GetAsync("/api/agents")),
            ("Failed to process user identification", () => gateway.GetAsync("/api/user/me", "user")),
            ("Failed to get user ID", () => gateway.GetAsync("/api/user/prefixes", "user")),
            ("Failed to retrieve measurements", () => gateway.GetAsync("/api/measurements", "user")),
            ("Failed to retrieve measurement status", () => gateway.GetAsync($"/api/measurement/{Guid.Empty}/status", "user")),
            ("Failed to cancel measurement", () => gateway.PostAsync($"/api/measurement/{Guid.Empty}/cancel", "user", null)),
            ("Failed to update measurement status", () =>
                gateway.AgentPostAsync(
                $"/agent-api/agent/{agent}/measurement/{Guid.Empty}/status", """{"sent_probes":1,"is_complete":true}""")),
        };
        foreach (var (message, send) in away)
        {
            var response = await send();
            response.AssertError(503, message);
            Assert.True(response.Headers.ContainsKey("Retry-After"));
        }
        Assert.Equal(503, (await gateway.SubmitAsync("user", source, 1, null, agent)).Status);
        // The secret is cached. The shared key needs no database.
        Assert.Equal(202, (await repliesAsync(secret)).Status);
        Assert.Equal(202, (await repliesAsync(ApiGateway.AgentKey)).Status);
        await UntilAsync(async () => (await gateway.MetricsAsync("/readyz")).Contains("database", StringComparison.Ordinal));

        line.Mend();
        await UntilAsync(async () => (await gateway.MetricsAsync("/readyz")) == "ok");
        Assert.Equal(200, (await gateway.SubmitAsync("user", source, 1, null, agent)).Status);
    }

    [Trait("Needs", "Daemon")]
    [Fact]
    public async Task The_start_waits_for_the_database()
    {
        var direct = new Uri(await server.CreateDatabaseAsync());
        await using var line = new CutLine(direct.Port);
        await line.CutAsync();
        var log = new LogCapture();
        var starting = ApiGateway.StartAsync(new UriBuilder(direct) { Port = line.Port }.Uri.ToString(), capture: log);
        using var limit = new CancellationTokenSource(Patience);
        while (!starting.IsCompleted && !log.Text.Contains("does not answer, the start waits for it", StringComparison.Ordinal))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        Assert.False(starting.IsCompleted);
        line.Mend();
        await using var gateway = await starting.WaitAsync(Patience, Cancel);
        Assert.Equal("[]", (await gateway.GetAsync("/api/agents")).Text);
    }

    [Fact]
    public async Task Too_many_requests_of_one_user_or_key_are_429_and_others_are_served()
    {
        await using var gateway = await ApiGateway.StartAsync(change: options => options with
        {
            Http = options.Http with { RequestsPerUser = 1, RequestsPerAgentKey = 1 },
        });
        async Task<ApiResponse> lastOf(Func<Task<ApiResponse>> send)
        {
            // A burst may have as many as ten seconds, and a few more while they are sent.
            var responses = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => send()));
            Assert.InRange(responses.Count(response => response.Status != 429), 10, 20);
            return responses.First(response => response.Status == 429);
        }

        foreach (var refused in new[] { await lastOf(() => gateway.GetAsync("/api/user/me", "busy")),
            await lastOf(() => gateway.AgentPostAsync("/agent-api/agent/x/health", """{"healthy":true}""")) })
        {
            refused.AssertError(429, "Too many requests: send this one later");
            Assert.InRange(int.Parse(refused.Headers["Retry-After"], null), 1, 10);
        }
        Assert.Equal(200, (await gateway.GetAsync("/api/user/me", "quiet")).Status);
        Assert.Equal(404,
            (await gateway.AgentPostAsync($"/agent-api/agent/{ApiGateway.OwnAgent}/health", """{"healthy":true}""", ApiGateway.OwnKey))
            .Status);
    }

    [Fact]
    public async Task A_request_under_way_is_answered_when_the_gateway_ends()
    {
        await using var gateway = await ApiGateway.StartAsync();
        string agent = await gateway.AddAgentAsync("ams-1");
        var rest = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"/agent-api/agent/{agent}/health")
        { Content = new PausedContent(begun, rest.Task) };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {ApiGateway.AgentKey}");
        var answer = gateway.Client.SendAsync(request, Cancel);
        await begun.Task.WaitAsync(Patience, Cancel);
        var stopping = gateway.StopAsync();
        rest.SetResult();
        using var response = await answer.WaitAsync(Patience, Cancel);
        Assert.Equal(200, (int)response.StatusCode);
        await stopping.WaitAsync(Patience, Cancel);
        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.GetAsync("/api/agents"));
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>A health report whose end waits.</summary>
    private sealed class PausedContent : HttpContent
    {
        private readonly TaskCompletionSource _begun;
        private readonly Task _rest;

        public PausedContent(TaskCompletionSource begun, Task rest)
        {
            (_begun, _rest) = (begun, rest);
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync("""{"healthy":"""u8.ToArray());
            await stream.FlushAsync();
            _begun.SetResult();
            await _rest;
            await stream.WriteAsync("true}"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
