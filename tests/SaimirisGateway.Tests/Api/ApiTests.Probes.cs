using Confluent.Kafka;

namespace SaimirisGateway.Tests.Api;

/// <summary>
/// Tests section 5.4, and the messages to the agents (section 9). The tests of <c>ProbeSubmission</c> test the rules of each field of a
/// probe.
/// </summary>
public abstract partial class ApiTests
{
    [Fact]
    public async Task A_submission_is_answered_with_its_id_its_probes_times_agents_and_the_agents_in_order()
    {
        string user = NewName("submit"), one = await Gateway.AddAgentAsync(NewName("one")),
            two = await Gateway.AddAgentAsync(NewName("two"));
        string source = await Gateway.SourceAsync(user);
        var response = await Gateway.SubmitAsync(user, source, 5, null, two, one);
        Assert.Equal((200, "application/json"), (response.Status, response.Type?.Split(';')[0]));
        Assert.Matches(
            $$"""^\{"id":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","probes":10"""
                + $$""","agents":\[\{"id":"{{two}}","ip_address":"{{source}}"\},\{"id":"{{one}}","ip_address":"{{source}}"\}\]\}$""",
            response.Text);
    }

    [Fact]
    public async Task Agents_that_are_unknown_or_not_well_are_named_and_get_nothing()
    {
        string user = NewName("partly"), well = await Gateway.AddAgentAsync(NewName("well")),
            ill = await Gateway.AddAgentAsync(NewName("ill"));
        await Gateway.AgentPostAsync($"/agent-api/agent/{ill}/health", """{"healthy":false}""");
        string source = await Gateway.SourceAsync(user);
        var response = await Gateway.SubmitAsync(user, source, 2, null, well, ill);
        Assert.Equal(200, response.Status);
        Assert.Equal(2, response.Json.GetProperty("probes").GetInt32());
        Assert.Equal([well], response.Json.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("id").GetString()));
        Assert.Equal(
            [ill], response.Json.GetProperty("unassigned_agents").EnumerateArray().Select(agent => agent.GetProperty("id").GetString()));
        (await Gateway.SubmitAsync(user, source, 2, null, ill)).AssertError(400, "No healthy agents found for the requested measurement");

        using var consumer = new ConsumerBuilder<string,
            byte[]>(new ConsumerConfig
            {
                BootstrapServers = Gateway.Bootstrap,
                GroupId = NewName("group"),
                AutoOffsetReset = AutoOffsetReset.Earliest
            }).Build();
        consumer.Subscribe("saimiris-probes");
        string id = response.Json.GetProperty("id").GetString()!;
        ConsumeResult<string, byte[]>? message;
        do
            message = consumer.Consume(TimeSpan.FromMinutes(5));
        while (message is not null && message.Message.Key != id);
        Assert.NotNull(message);
        var header = Assert.Single(message.Message.Headers);
        Assert.Equal(well, header.Key);
        Assert.Equal($$"""{"end_of_measurement":true,"measurement_id":"{{id}}","src_ip":"{{source}}"}""",
            System.Text.Encoding.UTF8.GetString(header.GetValueBytes()));
        Assert.Equal(2 * 48, message.Message.Value.Length);
    }

    [Fact]
    public async Task The_checks_come_in_the_contracts_order()
    {
        string user = NewName("checks"), agent = await Gateway.AddAgentAsync(NewName("agent"));
        string source = await Gateway.SourceAsync(user);
        async Task<ApiResponse> submit(string metadata, string probes) =>
            await Gateway.PostAsync("/api/probes", user, $$"""{"metadata":[{{metadata}}],"probes":[{{probes}}]}""");
        const string probe = """["2001:db8::1",24000,33434,5,"icmpv6"]""", wrong = """["2001:db8::1",24000,33434,5,"smtp"]""";
        (await submit($$"""{"id":"{{agent}}"}""", "")).AssertError(400, "Probe list cannot be empty");
        (await submit($$"""{"id":"{{agent}}"}""", $"{probe},{wrong}"))
            .AssertError(400, "Probe validation failed: Probe at index 1: Invalid protocol: smtp");
        (await submit($$"""{"id":"{{agent}}"},{"id":"nobody","ip_address":"2001:db8:ffff::1"}""", probe))
            .AssertError(400, $"IP address is required for agent '{agent}'");
        (await submit($$"""{"id":"{{agent}}","ip_address":null}""", probe)).AssertError(400, $"IP address is required for agent '{agent}'");
        (await submit($$"""{"id":"{{agent}}","ip_address":"2001:db8:ffff::1"}""", probe))
            .AssertError(403, "IP address 2001:db8:ffff::1 is not within your allocated prefix");
        (await submit($$"""{"id":"{{agent}}","ip_address":"not-an-address"}""", probe))
            .AssertText(422, "Failed to deserialize the JSON body into the target type: ");
        (await Gateway.SubmitAsync(user, source, 10_001, null, agent)).AssertError(429, "Daily probe limit exceeded");
        Assert.Equal(0, (await Gateway.GetAsync("/api/user/me", user)).Json.GetProperty("used").GetInt32());
        foreach (string body in (string[])["""{"metadata":[]}""", """{"probes":[]}""", """{"metadata":{},"probes":[]}""",
            """{"metadata":[{"id":5}],"probes":[]}""", """{"metadata":[],"probes":7}"""])
            (await Gateway.PostAsync("/api/probes", user, body))
                .AssertText(422, "Failed to deserialize the JSON body into the target type: ");
    }

    [Fact]
    public async Task Parallel_submissions_at_the_quotas_edge_are_taken_exactly_up_to_the_limit()
    {
        string user = NewName("edge"), agent = await Gateway.AddAgentAsync(NewName("agent"));
        string source = await Gateway.SourceAsync(user);
        // 10,000 a day: 100 times 150 probes are 15,000; 66 of them fit.
        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SubmitAsync()));
        int[] statuses = [.. responses.Select(response => response.Status)];
        Assert.True(
            statuses.Count(status => status is 200 or 202) == 66 && statuses.Count(status => status == 429) == 34,
            string.Join(", ", statuses.CountBy(status => status)));
        Assert.All(responses.Where(response => response.Status == 429), response =>
            Assert.True(response.Headers.ContainsKey("Retry-After")));
        Assert.Equal(9900, (await Gateway.GetAsync("/api/user/me", user)).Json.GetProperty("used").GetInt32());
        Assert.Equal(200, (await Gateway.SubmitAsync(user, source, 100, null, agent)).Status);
        (await Gateway.SubmitAsync(user, source, 1, null, agent)).AssertError(429, "Daily probe limit exceeded");

        // With this number of requests at the database, one may take too long, and is answered with Retry-After.
        async Task<ApiResponse> SubmitAsync()
        {
            ApiResponse response;
            do
                response = await Gateway.SubmitAsync(user, source, 150, null, agent);
            while (response.Status == 503);
            return response;
        }
    }

    [Fact]
    public async Task A_repeated_request_with_the_same_key_is_the_same_measurement()
    {
        string user = NewName("again"), agent = await Gateway.AddAgentAsync(NewName("agent"));
        string source = await Gateway.SourceAsync(user);
        static void key(HttpRequestMessage request) => request.Headers.Add("Idempotency-Key", "first-try");
        var first = await Gateway.SubmitAsync(user, source, 3, key, agent);
        var second = await Gateway.SubmitAsync(user, source, 3, key, agent);
        Assert.Equal((200, first.Text), (second.Status, second.Text));
        Assert.Equal(3, (await Gateway.GetAsync("/api/user/me", user)).Json.GetProperty("used").GetInt32());
        Assert.Equal(422, (await Gateway.SubmitAsync(user, source, 4, key, agent)).Status);
        string other = NewName("other");
        Assert.NotEqual(first.Json.GetProperty("id").GetString(),
            (await Gateway.SubmitAsync(other, await Gateway.SourceAsync(other), 3, key, agent)).Json.GetProperty("id").GetString());
    }
}
