using System.Text.Json;

namespace SaimirisGateway.Tests.Api;

/// <summary>Tests sections 5.2, 5.3 and 7.</summary>
public abstract partial class ApiTests
{
    [Fact]
    public async Task The_test_user_of_the_contract_has_its_number_and_prefixes()
    {
        // Contract section 7: the worked example, and its table of prefixes.
        string[][] table =
        [
            ["2a0e:97c0:8a4::/48", "2a0e:97c0:8a4:c95b:3f80::/80"], ["2001:db8::/32", "2001:db8:c95b:3f80::/64"],
                ["2001:db8::/56", "2001:db8:0:c9:5b3f:8000::/88"],
            ["2001:db8::/64", "2001:db8::c95b:3f80:0:0/96"], ["2001:db8::/96", "2001:db8::c95b:3f80/128"],
        ];
        string agent = NewName("table"), useless = NewName("useless");
        await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{agent}}","secret":"s"}""");
        string configs = string.Join(',', table.Select(row => $$"""{"src_ipv6_prefix":"{{row[0]}}"}"""));
        Assert.Equal(200, (await Gateway.AgentPostAsync($"/agent-api/agent/{agent}/config", $"[{configs}]")).Status);
        await Gateway.AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{useless}}","secret":"s"}""");
        // Contract section 7, rejected prefixes.
        string[] rejected = ["2001:db8::/97", "2001:db8::", "2001:db8::/", "2001:db8::/x", "192.0.2.0/24", "rubbish"];
        configs = string.Join(',', rejected.Select(prefix => $$"""{"src_ipv6_prefix":"{{prefix}}"}""").Append("{}"));
        Assert.Equal(200, (await Gateway.AgentPostAsync($"/agent-api/agent/{useless}/config", $"[{configs}]")).Status);

        var me = await Gateway.GetAsync("/api/user/me", "test-user-id");
        Assert.Equal(
            (200, """{"last_submitted":null,"limit":10000,"submission_count":0,"used":0,"user_id":3378200448}"""), (me.Status, me.Text));

        var prefixes = await Gateway.GetAsync("/api/user/prefixes", "test-user-id");
        Assert.Equal(200, prefixes.Status);
        Assert.EndsWith(""","user_id":3378200448}""", prefixes.Text, StringComparison.Ordinal);
        string expected = string.Join(',', table.Select(row => $$"""{"agent_prefix":"{{row[0]}}","user_prefix":"{{row[1]}}"}"""));
        Assert.Contains($$"""{"agent_id":"{{agent}}","prefixes":[{{expected}}]}""", prefixes.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(useless, prefixes.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_subject_is_the_same_user_and_another_one_is_another()
    {
        string user = NewName("same");
        var first = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Gateway.GetAsync("/api/user/me", user)));
        Assert.Single(first.Select(response => response.Text).Distinct());
        Assert.NotEqual(first[0].Json.GetProperty("user_id").GetUInt32(),
            (await Gateway.GetAsync("/api/user/me", NewName("different"))).Json.GetProperty("user_id").GetUInt32());
    }

    [Fact]
    public async Task The_probes_of_a_users_day_are_counted_times_agents()
    {
        string user = NewName("usage"), one = await Gateway.AddAgentAsync(NewName("one")),
            two = await Gateway.AddAgentAsync(NewName("two"));
        string source = await Gateway.SourceAsync(user);
        Assert.Equal(200, (await Gateway.SubmitAsync(user, source, 3, null, one)).Status);
        Assert.Equal(200, (await Gateway.SubmitAsync(user, source, 4, null, one, two)).Status);
        var me = (await Gateway.GetAsync("/api/user/me", user)).Json;
        Assert.Equal((11, 2, 10_000),
            (me.GetProperty("used").GetInt32(), me.GetProperty("submission_count").GetInt32(), me.GetProperty("limit").GetInt32()));
        Assert.Equal(JsonValueKind.String, me.GetProperty("last_submitted").ValueKind);
        Assert.Matches($"^{TimePattern}$", me.GetProperty("last_submitted").GetString());
    }
}
