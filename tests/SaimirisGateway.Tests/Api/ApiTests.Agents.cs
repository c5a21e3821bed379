using System.Globalization;
using System.Text.RegularExpressions;

namespace SaimirisGateway.Tests.Api;

/// <summary>Tests sections 3.2, 5.1 and 6, without the progress of measurements.</summary>
public abstract partial class ApiTests
{
    private const string TimePattern = @"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6}|\.\d{9})?Z";

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong-key")]
    [InlineData("Bearer key-of-all-agents ")]
    [InlineData("Bearer  key-of-all-agents")]
    [InlineData("bearer key-of-all-agents")]
    [InlineData("Bearer KEY-OF-ALL-AGENTS")]
    [InlineData("Basic key-of-all-agents")]
    [InlineData("key-of-all-agents")]
    [InlineData("Bearer ")]
    [InlineData("Bearer")]
    public async Task Any_other_agent_key_is_401_without_a_body(string? authorization)
    {
        foreach (string path in (string[])["register", "x/config", "x/health", $"x/measurement/{Guid.Empty}/status"])
        {
            var response = await Gateway.SendAsync(HttpMethod.Post, $"/agent-api/agent/{path}", body: "{}", change: request =>
            {
                if (authorization is not null)
                    request.Headers.TryAddWithoutValidation("Authorization", authorization);
            });
            // HttpClient removes spaces at the end of a header, and the rest is the key.
            if (authorization != "Bearer key-of-all-agents ")
                response.AssertEmpty(401);
        }
    }

    [Fact]
    public async Task An_agents_own_key_is_good_for_this_agent_only_and_the_shared_one_for_all_others()
    {
        string register = $$"""{"id":"{{ApiGateway.OwnAgent}}","secret":"s"}""";
        (await Gateway.AgentPostAsync("/agent-api/agent/register", register)).AssertEmpty(401);
        Assert.Equal(200, (await Gateway.AgentPostAsync("/agent-api/agent/register", register, ApiGateway.OwnKey)).Status);
        Assert.Equal(200,
            (await Gateway.AgentPostAsync($"/agent-api/agent/{ApiGateway.OwnAgent}/health", """{"healthy":false}""", ApiGateway.OwnKey))
            .Status);
        (await Gateway.AgentPostAsync($"/agent-api/agent/{ApiGateway.OwnAgent}/health", """{"healthy":true}""")).AssertEmpty(401);

        string other = await Gateway.AddAgentAsync(NewName("other"));
        (await Gateway.AgentPostAsync($"/agent-api/agent/{other}/health", """{"healthy":true}""", ApiGateway.OwnKey)).AssertEmpty(401);
        (await Gateway.AgentPostAsync(
            "/agent-api/agent/register", $$"""{"id":"{{other}}","secret":"secret-of-{{other}}"}""", ApiGateway.OwnKey)).AssertEmpty(401);
    }

    [Fact]
    public async Task An_agent_registers_posts_its_config_and_health_and_is_shown_without_its_secret()
    {
        string id = NewName("vltcdg");
        var registered = await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{id}}","secret":"hush-hush"}""");
        Assert.Equal((200, "application/json"), (registered.Status, registered.Type));
        Assert.Matches($$"""^\{"id":"{{id}}","config":null,"health":null,"last_seen":"{{TimePattern}}"\}$""", registered.Text);
        Assert.Equal(registered.Text, (await Gateway.GetAsync($"/api/agent/{id}")).Text);
        (await Gateway.GetAsync($"/api/agent/{id}/config")).AssertEmpty(404);
        (await Gateway.GetAsync($"/api/agent/{id}/health")).AssertEmpty(404);
        Assert.DoesNotContain(id, (await Gateway.GetAsync("/api/agents")).Text, StringComparison.Ordinal);

        // The contract's own example, and an agent that leaves all members out.
        const string full = """
            {"name":"unicast","batch_size":100,"instance_id":1,"dry_run":false,"min_ttl":null,"max_ttl":null,"integrity_check":false,
            "interface":"enp1s0","src_ipv4_prefix":null,"src_ipv6_prefix":"2a0e:97c0:8a4::/48","packets":1,"probing_rate":10000,
            "rate_limiting_method":"auto"}
            """;
        const string defaults = """
            {"name":null,"batch_size":1000,"instance_id":0,"dry_run":false,"min_ttl":null,"max_ttl":null,"integrity_check":false,
            "interface":"eth0","src_ipv4_prefix":null,"src_ipv6_prefix":null,"packets":10000,"probing_rate":1000,
            "rate_limiting_method":"None"}
            """;
        var config = await Gateway.AgentPostAsync($"/agent-api/agent/{id}/config", $"[{full},{{}}]");
        Assert.Equal((200, $"[{full.Trim()},{defaults.Trim()}]".Replace("\n", "", StringComparison.Ordinal)),
            (config.Status, config.Text.Replace("\n", "", StringComparison.Ordinal)));
        Assert.Equal(config.Text, (await Gateway.GetAsync($"/api/agent/{id}/config")).Text);

        string checkedAt = Gateway.Clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        var health = await Gateway.AgentPostAsync(
            $"/agent-api/agent/{id}/health", $$"""{"healthy":true,"last_check":"{{checkedAt}}.250+00:00","message":"ça va & <b>"}""");
        Assert.Equal(
            (200, $$"""{"healthy":true,"last_check":"{{checkedAt}}.250Z","message":"ça va & <b>"}"""), (health.Status, health.Text));
        Assert.Equal(health.Text, (await Gateway.GetAsync($"/api/agent/{id}/health")).Text);

        string agent = (await Gateway.GetAsync($"/api/agent/{id}")).Text;
        Assert.Matches(
            $$"""^\{"id":"{{id}}","config":{{Regex.Escape(config.Text)}},"health":{{Regex.Escape(health.Text)}}"""
            + $$""","last_seen":"{{TimePattern}}"\}$""", agent);
        Assert.Contains(agent, (await Gateway.GetAsync("/api/agents")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", agent, StringComparison.Ordinal);

        // The same agent keeps its configuration and health; another agent is refused.
        var again = await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{id}}","secret":"hush-hush"}""");
        Assert.Equal(200, again.Status);
        Assert.Equal("unicast", again.Json.GetProperty("config")[0].GetProperty("name").GetString());
        Assert.True(again.Json.GetProperty("health").GetProperty("healthy").GetBoolean());
        (await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{id}}","secret":"another"}""")).AssertEmpty(409);
    }

    [Fact]
    public async Task Config_and_health_replace_what_was_there_and_are_404_for_an_agent_that_is_not_registered()
    {
        string id = await Gateway.AddAgentAsync(NewName("replace"));
        Assert.Equal("[]", (await Gateway.AgentPostAsync($"/agent-api/agent/{id}/config", "[]")).Text);
        Assert.Equal("[]", (await Gateway.GetAsync($"/api/agent/{id}/config")).Text);
        var health = await Gateway.AgentPostAsync($"/agent-api/agent/{id}/health", """{"healthy":false}""");
        Assert.Matches($$"""^\{"healthy":false,"last_check":"{{TimePattern}}","message":null\}$""", health.Text);
        // An unhealthy agent is listed too.
        Assert.Contains($"\"{id}\"", (await Gateway.GetAsync("/api/agents")).Text, StringComparison.Ordinal);

        (await Gateway.AgentPostAsync("/agent-api/agent/nobody/config", "[]")).AssertEmpty(404);
        (await Gateway.AgentPostAsync("/agent-api/agent/nobody/health", """{"healthy":true}""")).AssertEmpty(404);
        foreach (string path in (string[])["", "/config", "/health"])
            (await Gateway.GetAsync($"/api/agent/nobody{path}")).AssertEmpty(404);
    }

    [Fact]
    public async Task Every_post_of_an_agent_updates_its_last_contact()
    {
        string id = NewName("seen");
        DateTimeOffset last = default;
        foreach (var (path, body) in new[] { ("register", $$"""{"id":"{{id}}","secret":"s"}"""), ($"{id}/config", "[]"),
            ($"{id}/health", """{"healthy":true}"""), ("register", $$"""{"id":"{{id}}","secret":"s"}""") })
        {
            Assert.Equal(200, (await Gateway.AgentPostAsync($"/agent-api/agent/{path}", body)).Status);
            var seen = (await Gateway.GetAsync($"/api/agent/{id}")).Json.GetProperty("last_seen").GetDateTimeOffset();
            Assert.True(seen > last, $"{path}: {seen:O} is not after {last:O}");
            last = seen;
        }
    }

    [Theory]
    [InlineData("register", """{"id":"x"}""")]
    [InlineData("register", """{"secret":"x"}""")]
    [InlineData("register", """{"id":7,"secret":"x"}""")]
    [InlineData("register", """{"id":null,"secret":"x"}""")]
    [InlineData("register", """{"id":"\ud800","secret":"x"}""")]
    [InlineData("x/config", "{}")]
    [InlineData("x/config", """[{"instance_id":65536}]""")]
    [InlineData("x/config", """[{"min_ttl":256}]""")]
    [InlineData("x/config", """[{"batch_size":-1}]""")]
    [InlineData("x/config", """[{"packets":1.5}]""")]
    [InlineData("x/config", """[{"interface":null}]""")]
    [InlineData("x/config", "[null]")]
    [InlineData("x/health", "{}")]
    [InlineData("x/health", """{"healthy":"yes"}""")]
    [InlineData("x/health", """{"healthy":true,"last_check":"yesterday"}""")]
    [InlineData("x/health", """{"healthy":true,"last_check":"2026-08-20T10:00:00"}""")]
    [InlineData("x/health", """{"healthy":true,"message":5}""")]
    public async Task Members_of_another_type_are_422(string path, string body)
    {
        var answer = await Gateway.AgentPostAsync($"/agent-api/agent/{path}", body);
        answer.AssertText(422, "Failed to deserialize the JSON body into the target type: ");
        Assert.DoesNotContain("SaimirisGateway", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ids_and_messages_that_no_database_keeps_are_400()
    {
        foreach (string id in (string[])["", new string('x', 256), "a\\u0000b", "a\\nb", "a/b", "a%2Fb"])
            Assert.Equal(400, (await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{id}}","secret":"s"}""")).Status);
        string longest = new('y', 255);
        Assert.Equal(200, (await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{longest}}","secret":"s"}""")).Status);
        Assert.Equal(
            400, (await Gateway.AgentPostAsync($"/agent-api/agent/{longest}/health", """{"healthy":true,"message":"a\u0000b"}""")).Status);
        string configs = string.Join(',', Enumerable.Repeat("{}", 257));
        Assert.Equal(400, (await Gateway.AgentPostAsync($"/agent-api/agent/{longest}/config", $"[{configs}]")).Status);
    }

    [Theory]
    [InlineData("2026-08-20T10:00:00Z", "2026-08-20T10:00:00Z")]
    [InlineData("2026-08-20T12:00:00.5+02:00", "2026-08-20T10:00:00.500Z")]
    [InlineData("2026-08-20t10:00:00.120z", "2026-08-20T10:00:00.120Z")]
    [InlineData("2026-08-20T10:00:00.000120-00:00", "2026-08-20T10:00:00.000120Z")]
    [InlineData("2026-08-20T10:00:00.123456700Z", "2026-08-20T10:00:00.123456700Z")]
    public async Task Times_are_taken_with_any_offset_and_written_in_UTC_with_0_3_6_or_9_digits(string given, string written)
    {
        string id = await Gateway.AddAgentAsync(NewName("times"));
        var health = await Gateway.AgentPostAsync($"/agent-api/agent/{id}/health", $$"""{"healthy":true,"last_check":"{{given}}"}""");
        Assert.Equal($$"""{"healthy":true,"last_check":"{{written}}","message":null}""", health.Text);
    }
}
