using System.Text.Json;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>Tests the tables of the contract's section 5.4: the rules for a probe and a submission, and the text of each refusal.</summary>
public sealed class ProbeRuleTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Agent = $$"""{"id":"{{SubmissionBench.Agent}}","ip_address":"{{SubmissionBench.Source}}"}""";

    private const string PortHint = "(must be 1-65535; for ICMP/ICMPv6 ports are ignored by the probe, use any non-zero value e.g. 1)";

    [Theory]
    [InlineData("7", "Probe must be a JSON array")]
    [InlineData("{}", "Probe must be a JSON array")]
    [InlineData("null", "Probe must be a JSON array")]
    [InlineData("[]", "Expected 5 elements, got 0")]
    [InlineData("""["2001:db8::1",1,1,5]""", "Expected 5 elements, got 4")]
    [InlineData("""["2001:db8::1",1,1,5,"udp",0]""", "Expected 5 elements, got 6")]
    [InlineData("""[1,[2,3],{"a":[]},"x"]""", "Expected 5 elements, got 4")]
    [InlineData("""[1,1,1,5,"udp"]""", "IP address must be a string")]
    [InlineData("""["x",1,1,5,"udp"]""", "Invalid IP address: x")]
    [InlineData("""["",1,1,5,"udp"]""", "Invalid IP address: ")]
    [InlineData("""["[2001:db8::1]",1,1,5,"udp"]""", "Invalid IP address: [2001:db8::1]")]
    [InlineData("""["fe80::1%eth0",1,1,5,"udp"]""", "Invalid IP address: fe80::1%eth0")]
    [InlineData("""["2001:db8::1/64",1,1,5,"udp"]""", "Invalid IP address: 2001:db8::1/64")]
    [InlineData("""["127.1",1,1,5,"udp"]""", "Invalid IP address: 127.1")]
    [InlineData("""["192.0.2.1",1,1,5,"udp"]""", "IPv4 addresses are not allowed: 192.0.2.1")]
    [InlineData("""["2001:db8::1","1",1,5,"udp"]""", "Source port must be a number")]
    [InlineData("""["2001:db8::1",-1,1,5,"udp"]""", "Source port must be a positive integer")]
    [InlineData("""["2001:db8::1",1.5,1,5,"udp"]""", "Source port must be a positive integer")]
    [InlineData("""["2001:db8::1",0,1,5,"udp"]""", $"Invalid source port {PortHint}: 0")]
    [InlineData("""["2001:db8::1",65536,1,5,"udp"]""", $"Invalid source port {PortHint}: 65536")]
    [InlineData("""["2001:db8::1",1,null,5,"udp"]""", "Destination port must be a number")]
    [InlineData("""["2001:db8::1",1,-5,5,"udp"]""", "Destination port must be a positive integer")]
    [InlineData("""["2001:db8::1",1,70000,5,"udp"]""", $"Invalid destination port {PortHint}: 70000")]
    [InlineData("""["2001:db8::1",1,1,"5","udp"]""", "TTL must be a number")]
    [InlineData("""["2001:db8::1",1,1,1e1,"udp"]""", "TTL must be a positive integer")]
    [InlineData("""["2001:db8::1",1,1,0,"udp"]""", "Invalid TTL: 0")]
    [InlineData("""["2001:db8::1",1,1,256,"udp"]""", "Invalid TTL: 256")]
    [InlineData("""["2001:db8::1",1,1,5,17]""", "Protocol must be a string")]
    [InlineData("""["2001:db8::1",1,1,5,"tcp"]""", "Invalid protocol: tcp")]
    [InlineData("""["2001:db8::1",1,1,5,"icmp"]""", "Invalid protocol: icmp")]
    public async Task A_bad_probe_is_refused_with_its_index_and_reason(string probe, string reason)
    {
        var bench = await fixture.BenchAsync();
        string good = SubmissionBench.Probe(1);
        AssertRefused(await bench.PostAsync($$"""{"metadata":[{{Agent}}],"probes":[{{good}},{{good}},{{probe}}]}"""), 400,
            $"Probe validation failed: Probe at index 2: {reason}");
        string metadata = $$"""{"metadata":[{{Agent}}]}""";
        AssertRefused(
            await bench.PostAsync($"{metadata}\n{good}\n{good}\n{probe}\n", "application/x-ndjson"), 400,
            $"Probe validation failed: Probe at index 2: {reason} (line 4)");
    }

    [Theory]
    [InlineData("""["2001:db8::1",1,65535,255,"UDP"]""")]
    [InlineData("""["::ffff:192.0.2.1",65535,1,1,"IcmpV6"]""")]
    [InlineData("""["2001:DB8:0:0:0:0:0:1",1,1,1,"\u0075dp"]""")]
    public async Task A_probe_at_the_edge_of_the_rules_is_taken(string probe)
    {
        var bench = await fixture.BenchAsync();
        var (status, text, _) = await bench.PostAsync($$"""{"probes":[{{probe}}],"metadata":[{{Agent}}],"other":1}""");
        Assert.True(status == 200, text);
    }

    // Each of these has several errors. The answer names the first in the contract's order.
    [Theory]
    [InlineData("""{"metadata":[{"id":"x","ip_address":null}],"probes":[]}""", 400, "Probe list cannot be empty")]
    [InlineData("""{"metadata":[{"id":"x"}],"probes":[7]}""", 400, "Probe validation failed: Probe at index 0: Probe must be a JSON array")]
    [InlineData("""{"metadata":[{"id":"y","ip_address":"192.0.2.1"},{"id":"x"}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 400,
        "IP address is required for agent 'x'")]
    [InlineData("""{"metadata":[{"id":"x","ip_address":null}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 400,
        "IP address is required for agent 'x'")]
    [InlineData("""{"metadata":[{"id":"vltcdg01","ip_address":"2001:db8::7"}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 403,
        "IP address 2001:db8::7 is not within your allocated prefix")]
    [InlineData("""{"metadata":[{"id":"vltcdg01","ip_address":"2a0e:97c0:8a4:c95b:3f81::1"}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""",
        403, "IP address 2a0e:97c0:8a4:c95b:3f81::1 is not within your allocated prefix")]
    [InlineData("""{"metadata":[{"id":"vltcdg01","ip_address":"192.0.2.1"}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 403,
        "IP address 192.0.2.1 is not within your allocated prefix")]
    [InlineData("""{"metadata":[{"id":"unknown","ip_address":"192.0.2.1"}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 403,
        "IP address 192.0.2.1 is not within your allocated prefix")]
    [InlineData("""{"metadata":[{"id":"unknown","ip_address":"2001:db8::7"}],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 400,
        "No healthy agents found for the requested measurement")]
    [InlineData("""{"metadata":[],"probes":[["2001:db8::1",1,1,5,"udp"]]}""", 400, "No healthy agents found for the requested measurement")]
    public async Task A_submission_is_refused_for_the_first_thing_that_is_wrong(string body, int status, string message) =>
        AssertRefused(await (await fixture.BenchAsync()).PostAsync(body), status, message);

    [Theory]
    [InlineData("""{"metadata":[{"id":"x","ip_address":"2001:db8::g"}],"probes":[]}""", 422)]
    [InlineData("""{"metadata":[{"id":"x","ip_address":7}],"probes":[]}""", 422)]
    [InlineData("""{"metadata":[{"id":7,"ip_address":"2001:db8::1"}],"probes":[]}""", 422)]
    [InlineData("""{"metadata":[7],"probes":[]}""", 422)]
    [InlineData("""{"metadata":{},"probes":[]}""", 422)]
    [InlineData("""{"metadata":[],"probes":{}}""", 422)]
    [InlineData("""{"metadata":[],"probes":null}""", 422)]
    [InlineData("""{"metadata":[]}""", 422)]
    [InlineData("""{"probes":[]}""", 422)]
    [InlineData("""{"metadata":[],"probes":[],"probes":[]}""", 422)]
    [InlineData("""[]""", 422)]
    [InlineData("", 400)]
    [InlineData("""{"metadata":[],"probes":[}""", 400)]
    [InlineData("""{"metadata":[],"probes":[]} x""", 400)]
    [InlineData("""{"metadata":[{"id":"\ud800","ip_address":null}],"probes":[]}""", 400)]
    public async Task A_body_of_another_form_is_refused_in_plain_text(string body, int status)
    {
        var (actual, text, response) = await (await fixture.BenchAsync()).PostAsync(body);
        Assert.Equal(status, actual);
        Assert.StartsWith(status == 422 ? "Failed to deserialize the JSON body into the target type: "
            : "Failed to parse the request body as JSON: ", text, StringComparison.Ordinal);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task JSON_above_2_MiB_and_other_types_are_refused_in_plain_text()
    {
        var bench = await fixture.BenchAsync();
        string body = $$"""{"metadata":[],"probes":[],"padding":"{{new string('x', 2_097_152)}}"}""";
        var (status, text, _) = await bench.PostAsync(body);
        Assert.Equal((413, "Failed to buffer the request body: length limit exceeded"), (status, text));
        var other = await bench.PostAsync("{}", "application/xml");
        Assert.Equal((415, "Expected request with `Content-Type: application/json`"), (other.Status, other.Text));
    }

    internal static void AssertRefused((int Status, string Text, HttpResponseMessage Response) answer, int status, string message)
    {
        Assert.True(status == answer.Status, answer.Text);
        var body = JsonDocument.Parse(answer.Text).RootElement;
        Assert.Equal((status, message), (body.GetProperty("error").GetInt32(), body.GetProperty("message").GetString()));
    }
}
