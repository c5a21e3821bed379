using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>Tests the answer, the messages and the quota of a submission.</summary>
public sealed class SubmissionTests : IAsyncLifetime
{
    private const string Ndjson = "application/x-ndjson";

    private readonly EmbeddedBroker _broker = new();
    private SubmissionBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _broker.CreateTopic(SubmissionBench.Topic, 4);
        _bench = await SubmissionBench.StartAsync(_broker.Bootstrap);
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _broker.Dispose();
    }

    [Fact]
    public async Task A_submission_is_answered_and_produced_as_the_contract_says()
    {
        var (status, text, _) = await _bench.PostAsync(
            """
            {"metadata":[{"id":"vltcdg01","ip_address":"2a0e:97c0:8a4:c95b:3f80::1"}],
            "probes":[["2001:db8::1",24000,33434,5,"icmpv6"],["2001:db8::1",24000,33434,5,"icmpv6"]]}
            """);
        Assert.Equal(200, status);
        var id = Regex.Match(text,
            """^\{"id":"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})","probes":2"""
            + ""","agents":\[\{"id":"vltcdg01","ip_address":"2a0e:97c0:8a4:c95b:3f80::1"\}\]\}$""");
        Assert.True(id.Success, text);

        var message = Assert.Single(Topic());
        Assert.Equal(id.Groups[1].Value, message.Key);
        const string Vector = "00000000050000000000000001000100c05d9a8205000300010000008200000020010db8000000000000000000000001";
        Assert.Equal(Vector + Vector, Convert.ToHexStringLower(message.Value));
        var header = Assert.Single(message.Headers);
        Assert.Equal("vltcdg01", header.Key);
        Assert.Equal($$"""{"end_of_measurement":true,"measurement_id":"{{message.Key}}","src_ip":"2a0e:97c0:8a4:c95b:3f80::1"}""",
            Encoding.UTF8.GetString(header.GetValueBytes()));

        Assert.Equal(2, await _bench.UsedAsync());
        Assert.Empty(_bench.OutboxFiles);
        Assert.Empty(await _bench.Store.ListOutboxAsync(SubmissionBench.Cancel));
        string metrics = await _bench.MetricsAsync();
        Assert.Contains("saimiris_gateway_probes_submitted_total 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("saimiris_gateway_measurements_created_total 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agents_that_cannot_be_used_are_named_with_the_reason_and_get_neither_header_nor_quota()
    {
        await _bench.RegisterAsync("no-config", config: "");
        await _bench.RegisterAsync("no-health", healthy: null);
        await _bench.RegisterAsync("unhealthy", healthy: false);
        await _bench.RegisterAsync("stale", age: TimeSpan.FromMinutes(11));
        await _bench.RegisterAsync("fresh", age: TimeSpan.FromMinutes(9));
        string[] ids = ["unknown", "no-config", "no-health", "fresh", "unhealthy", "stale", SubmissionBench.Agent];
        var (status, text, _) = await _bench.PostAsync(SubmissionBench.Json(3, string.Join(',', ids.Select(Entry))));
        Assert.True(status == 200, text);
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.Equal(6, answer.GetProperty("probes").GetInt32());
        Assert.Equal(["fresh", SubmissionBench.Agent],
            answer.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("id").GetString()));
        Assert.Equal(
            [
                "unknown: the agent is not registered", "no-config: the agent has not posted its configuration",
                    "no-health: the agent has not posted its health",
                "unhealthy: the agent is not healthy", "stale: the agent has not been seen for 10 minutes",
            ],
            answer.GetProperty("unassigned_agents").EnumerateArray()
                .Select(agent => $"{agent.GetProperty("id")}: {agent.GetProperty("reason")}"));
        Assert.Equal(["fresh", SubmissionBench.Agent], Assert.Single(Topic()).Headers.Select(header => header.Key));
        Assert.Equal(6, await _bench.UsedAsync());
    }

    [Fact]
    public async Task An_agent_named_twice_counts_once_and_one_with_two_addresses_is_refused()
    {
        string twice = $"{Entry(SubmissionBench.Agent)},{Entry(SubmissionBench.Agent)}";
        var (status, text, _) = await _bench.PostAsync(SubmissionBench.Json(2, twice));
        Assert.True(status == 200, text);
        Assert.Equal(2, JsonDocument.Parse(text).RootElement.GetProperty("probes").GetInt32());
        Assert.Single(Assert.Single(Topic()).Headers);
        string other =
            $$"""{{Entry(SubmissionBench.Agent)}},{"id":"{{SubmissionBench.Agent}}","ip_address":"2a0e:97c0:8a4:c95b:3f80::2"}""";
        ProbeRuleTests.AssertRefused(
            await _bench.PostAsync(SubmissionBench.Json(2, other)), 400,
            "Agent 'vltcdg01' is named with different addresses: a measurement has one address an agent");
    }

    [Fact]
    public async Task The_three_forms_of_a_body_become_the_same_bytes()
    {
        string agent = Entry(SubmissionBench.Agent), query = $"?agent={SubmissionBench.Agent},{SubmissionBench.Source}";
        (string Body, string Type, string Query)[] forms =
        [
            ($$"""{"metadata":[{{agent}}],"probes":[["2001:db8::1",24000,33434,5,"icmpv6"],["2001:db8::2",1,2,3,"udp"]]}""",
                "application/json; charset=utf-8", ""),
            ($$"""{"metadata":[{{agent}}]}""" + "\r\n[\"2001:db8::1\",24000,33434,5,\"icmpv6\"]\r\n[\"2001:db8::2\",1,2,3,\"udp\"]", Ndjson,
                ""),
            ("dst_addr,src_port,dst_port,ttl,protocol\n2001:db8::1,24000,33434,5,icmp6\n2001:db8::2, 1, 2, 3, udp\n", "text/csv", query),
            ("2001:db8::1,24000,33434,5,icmpv6\r\n2001:db8::2,1,2,3,UDP", "text/csv", query),
        ];
        foreach (var (body, type, parameters) in forms)
        {
            var (status, text, _) = await _bench.PostAsync(body, type, query: parameters);
            Assert.True(status == 200, text);
        }
        var values = Topic().Select(message => Convert.ToHexString(message.Value)).ToList();
        Assert.Equal(4, values.Count);
        Assert.Single(values.Distinct());
    }

    [Theory]
    [InlineData(Ndjson, "", "line 0: the body is empty; the first line has to be {\"metadata\":[...]}")]
    [InlineData(Ndjson, "\n", "line 1: it is no JSON (*")]
    [InlineData(Ndjson, "[]\n", "line 1: the first line has to be {\"metadata\":[...]}")]
    [InlineData(Ndjson, "{\"metadata\":7}\n", "line 1: metadata: expected an array of objects")]
    [InlineData(Ndjson, "{\"metadata\":[]}\n[\"2001:db8::1\",1,1,1,\"udp\"]\n\n", "line 3: it is no JSON (*")]
    [InlineData(Ndjson, "{\"metadata\":[]}\n[\"2001:db8::1\",1,1,1,\"udp\"] 7\n", "line 2: it is no JSON (*")]
    [InlineData(Ndjson, "{\"metadata\":[]}\n", "Probe list cannot be empty")]
    [InlineData("text/csv", "2001:db8::1,1,1,1,udp\n\n", "Probe validation failed: Probe at index 1: Expected 5 elements, got 1 (line 2)")]
    [InlineData("text/csv", "2001:db8::1,1,1,1,udp\ndst_addr,src_port,dst_port,ttl,protocol\n",
        "Probe validation failed: Probe at index 1: Invalid IP address: dst_addr (line 2)")]
    [InlineData("text/csv", "2001:db8::1,1,1,1,udp,7\n", "Probe validation failed: Probe at index 0: Expected 5 elements, got 6 (line 1)")]
    [InlineData("text/csv", "2001:db8::1,x,1,1,udp\n",
        "Probe validation failed: Probe at index 0: Source port must be a positive integer (line 1)")]
    public async Task A_bad_line_is_named(string type, string body, string message)
    {
        var (status, text, _) = await _bench.PostAsync(body, type, query: type == Ndjson ? ""
            : $"?agent={SubmissionBench.Agent},{SubmissionBench.Source}");
        string actual = JsonDocument.Parse(text).RootElement.GetProperty("message").GetString()!;
        Assert.Equal(400, status);
        if (message.EndsWith('*'))
            Assert.StartsWith(message[..^1], actual, StringComparison.Ordinal);
        else
            Assert.Equal(message, actual);
        Assert.Empty(_bench.OutboxFiles);
    }

    [Theory]
    [InlineData("", "text/csv needs an 'agent' query parameter, ID,ADDRESS, for each agent")]
    [InlineData("?agent=vltcdg01", "Invalid 'agent' query parameter 'vltcdg01': expected ID,ADDRESS")]
    [InlineData("?agent=vltcdg01,x", "Invalid 'agent' query parameter 'vltcdg01,x': expected ID,ADDRESS")]
    [InlineData("?agent=,2001:db8::1", "Invalid 'agent' query parameter ',2001:db8::1': expected ID,ADDRESS")]
    public async Task CSV_without_usable_agents_is_refused(string query, string message) =>
        ProbeRuleTests.AssertRefused(await _bench.PostAsync("2001:db8::1,1,1,1,udp\n", "text/csv", query: query), 400, message);

    [Fact]
    public async Task Many_probes_become_messages_below_the_limit_in_order_and_the_last_marks_the_end()
    {
        await _bench.LimitAsync(1_000_000);
        await _bench.RegisterAsync(new string('a', 255));
        string agents = $"{Entry(SubmissionBench.Agent)},{Entry(new string('a', 255))}";
        var body = new StringBuilder($$"""{"metadata":[{{agents}}]}""").Append('\n');
        for (int i = 0; i < 50_000; i++)
            body.Append(SubmissionBench.Probe(i)).Append('\n');
        var (status, text, _) = await _bench.PostAsync(body.ToString(), Ndjson);
        Assert.True(status == 200, text);
        var messages = Topic();
        Assert.Equal(3, messages.Count);
        Assert.All(messages, message => Assert.InRange(SizeOf(message), 1, 1_000_000));
        Assert.Equal([false, false, true], messages.Select(EndsMeasurement));
        Assert.Equal(50_000, messages.Sum(message => message.Value.Length) / 48);
        int number = 0;
        foreach (byte[] probe in messages.SelectMany(message => message.Value.Chunk(48)))
            Assert.Equal(number++ & 0xFFFF, (probe[46] << 8) | probe[47]);
    }

    [Fact]
    public async Task The_quota_counts_every_agents_probes_and_says_when_to_come_again()
    {
        await _bench.LimitAsync(100);
        await _bench.RegisterAsync("second");
        string both = $"{Entry(SubmissionBench.Agent)},{Entry("second")}";
        Assert.Equal(200, (await _bench.PostAsync(SubmissionBench.Json(45, both))).Status);
        var refused = await _bench.PostAsync(SubmissionBench.Json(6, both));
        ProbeRuleTests.AssertRefused(refused, 429, "Daily probe limit exceeded");
        Assert.InRange(refused.Response.Headers.RetryAfter!.Delta!.Value.TotalHours, 0, 24);
        Assert.Equal(200, (await _bench.PostAsync(SubmissionBench.Json(5, both))).Status);
        ProbeRuleTests.AssertRefused(await _bench.PostAsync(SubmissionBench.Json(1)), 429, "Daily probe limit exceeded");
        Assert.Equal(100, await _bench.UsedAsync());
    }

    [Fact]
    public async Task A_body_by_lines_is_read_no_further_than_the_quota_goes()
    {
        await _bench.LimitAsync(10);
        string lines = $$"""{"metadata":[{{Entry(SubmissionBench.Agent)}}]}""" + "\n" + string.Concat(
            Enumerable.Repeat(SubmissionBench.Probe(1) + "\n", 11));
        using var client = new TcpClient();
        await client.ConnectAsync(_bench.Address.Host, _bench.Address.Port, SubmissionBench.Cancel);
        // The end of the body never arrives.
        string request = $"POST /api/probes HTTP/1.1\r\nHost: gateway\r\nContent-Type: {Ndjson}\r\nTransfer-Encoding: "
            + $"chunked\r\n\r\n{lines.Length:x}\r\n{lines}\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), SubmissionBench.Cancel);
        using var answer = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 429 Too Many Requests",
            await answer.ReadLineAsync(SubmissionBench.Cancel).AsTask().WaitAsync(TimeSpan.FromMinutes(5), SubmissionBench.Cancel));
        Assert.Empty(_bench.OutboxFiles);
    }

    [Fact]
    public async Task A_repeated_key_is_answered_with_the_first_measurement_although_quota_and_agent_are_gone()
    {
        await _bench.LimitAsync(2);
        var first = await _bench.PostAsync(SubmissionBench.Json(2), key: "\"key-1\"");
        Assert.True(first.Status == 200, first.Text);
        await _bench.Store.SetAgentHealthAsync(
            SubmissionBench.Agent, new(false, DateTimeOffset.UtcNow, null), DateTimeOffset.UtcNow, SubmissionBench.Cancel);
        var again = await _bench.PostAsync(SubmissionBench.Json(2), key: "key-1");
        Assert.Equal((first.Status, first.Text), (again.Status, again.Text));
        string asLines = $$"""{"metadata":[{{Entry(SubmissionBench.Agent)}}]}"""
            + $"\n{SubmissionBench.Probe(0)}\n{SubmissionBench.Probe(1)}\n";
        Assert.Equal(first.Text, (await _bench.PostAsync(asLines, Ndjson, key: "key-1")).Text);
        ProbeRuleTests.AssertRefused(
            await _bench.PostAsync(SubmissionBench.Json(1), key: "key-1"), 422,
            "The Idempotency-Key was used for another request: use a new one");
        Assert.Single(Topic());
        Assert.Empty(_bench.OutboxFiles);
    }

    [Fact]
    public async Task Parallel_requests_with_one_key_are_one_measurement()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _bench.PostAsync(SubmissionBench.Json(3), key: "k")));
        Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Text));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Single(Topic());
        Assert.Equal(3, await _bench.UsedAsync());
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    public async Task A_key_that_cannot_be_used_is_refused(string key) => ProbeRuleTests.AssertRefused(
        await _bench.PostAsync(SubmissionBench.Json(1), key: key), 400,
        "Invalid 'Idempotency-Key' header: expected one string of 1 to 255 visible ASCII characters");

    private static string Entry(string agent) => $$"""{"id":"{{agent}}","ip_address":"{{SubmissionBench.Source}}"}""";

    private IReadOnlyList<Message<string, byte[]>> Topic() => ProbeTopic.Read(_broker.Bootstrap, SubmissionBench.Topic);

    private static int SizeOf(Message<string, byte[]> message) =>
        message.Value.Length + Encoding.UTF8.GetByteCount(message.Key) + message.Headers.Sum(header =>
            Encoding.UTF8.GetByteCount(header.Key) + header.GetValueBytes().Length);

    private static bool EndsMeasurement(Message<string, byte[]> message) =>
        message.Headers.Select(header =>
            JsonDocument.Parse(header.GetValueBytes()).RootElement.GetProperty("end_of_measurement").GetBoolean()).Distinct().Single();
}
