using SaimirisGateway.Auth;
namespace SaimirisGateway.Tests.Api;

/// <summary>Tests the keys with which an agent may send replies.</summary>
public sealed class ReplyKeyTests
{
    private static async Task<int> SendAsync(ApiGateway gateway, string agent, string key) =>
        (await gateway.SendAsync(HttpMethod.Post, $"/agent-api/agent/{agent}/replies", key, "", "application/vnd.capnproto")).Status;

    [Fact]
    public async Task The_secret_of_its_registration_lets_an_agent_send_its_own_replies_and_no_others()
    {
        await using var gateway = await ApiGateway.StartAsync();
        foreach (string id in (string[])["ams-1", "ams-2"])
            await gateway.AddAgentAsync(id);
        await gateway.AgentPostAsync("/agent-api/agent/register", """{"id":"ams-3","secret":"short"}""");
        await gateway.AgentPostAsync(
            "/agent-api/agent/register", $$"""{"id":"{{ApiGateway.OwnAgent}}","secret":"secret-of-its-own"}""", ApiGateway.OwnKey);
        Assert.Equal(202, await SendAsync(gateway, "ams-1", "secret-of-ams-1"));
        Assert.Equal(202, await SendAsync(gateway, "ams-1", ApiGateway.AgentKey));
        Assert.Equal(401, await SendAsync(gateway, "ams-1", "secret-of-ams-2"));
        Assert.Equal(401, await SendAsync(gateway, "ams-2", "secret-of-ams-1"));
        Assert.Equal(401, await SendAsync(gateway, "nobody", "secret-of-ams-1"));
        // The secret is too short for a key.
        Assert.Equal(401, await SendAsync(gateway, "ams-3", "short"));
        // An agent with a key in the file has no other key.
        Assert.Equal(202, await SendAsync(gateway, ApiGateway.OwnAgent, ApiGateway.OwnKey));
        Assert.Equal(401, await SendAsync(gateway, ApiGateway.OwnAgent, "secret-of-its-own"));
        Assert.Equal(401, await SendAsync(gateway, ApiGateway.OwnAgent, ApiGateway.AgentKey));
        // The agents' API accepts no such secret.
        Assert.Equal(
            401, (await gateway.AgentPostAsync("/agent-api/agent/ams-1/health", """{"healthy":true}""", "secret-of-ams-1")).Status);
    }

    [Fact]
    public async Task The_default_key_is_good_for_the_agents_API_and_not_for_replies()
    {
        await using var gateway = await ApiGateway.StartAsync(change: options =>
            options with { AgentKey = AgentKeys.DefaultKey, AgentKeysFile = null });
        Assert.Equal(200,
            (await gateway.AgentPostAsync("/agent-api/agent/register", """{"id":"ams-1","secret":"secret-of-ams-1"}""", "agent-key"))
            .Status);
        Assert.Equal(401, await SendAsync(gateway, "ams-1", "agent-key"));
        Assert.Equal(202, await SendAsync(gateway, "ams-1", "secret-of-ams-1"));
        Assert.Contains("everybody knows", gateway.Log.Text, StringComparison.Ordinal);
    }
}
