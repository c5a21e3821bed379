using System.Net.Sockets;
using System.Text;
using SaimirisGateway.Probes.Submit;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>Tests the limits that the operator sets.</summary>
public sealed class SubmissionLimitTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Ndjson = "application/x-ndjson";

    private static readonly string Metadata =
        $$"""{"metadata":[{"id":"{{SubmissionBench.Agent}}","ip_address":"{{SubmissionBench.Source}}"}]}""";

    [Theory]
    [InlineData("application/json")]
    [InlineData(Ndjson)]
    public async Task More_probes_than_a_body_may_have_are_refused(string type)
    {
        await using var bench = await SubmissionBench.StartAsync(fixture.Bootstrap, probes: new ProbeOptions { MaxProbes = 3 });
        Assert.Equal(200, (await bench.PostAsync(Body(type, 3), type)).Status);
        ProbeRuleTests.AssertRefused(
            await bench.PostAsync(Body(type, 4), type), 413, "More than 3 probes in one body; send them as several measurements");
        Assert.Equal(3, await bench.UsedAsync());
        Assert.Empty(bench.OutboxFiles);
    }

    [Fact]
    public async Task A_body_of_more_bytes_is_refused()
    {
        await using var bench = await SubmissionBench.StartAsync(fixture.Bootstrap, probes: new ProbeOptions { MaxBodyBytes = 300 });
        ProbeRuleTests.AssertRefused(
            await bench.PostAsync(Body(Ndjson, 10), Ndjson), 413, "The body has more than 300 bytes; send it as several measurements");
        Assert.Empty(bench.OutboxFiles);
    }

    [Fact]
    public async Task A_body_of_which_nothing_more_comes_is_given_up()
    {
        await using var bench = await SubmissionBench.StartAsync(
            fixture.Bootstrap, probes: new ProbeOptions { IdleTimeout = TimeSpan.FromMilliseconds(300) });
        using var client = new TcpClient();
        await client.ConnectAsync(bench.Address.Host, bench.Address.Port, SubmissionBench.Cancel);
        string request = $"POST /api/probes HTTP/1.1\r\nHost: gateway\r\nContent-Type: {Ndjson}\r\nContent-Length: "
            + $"1000000\r\n\r\n{Body(Ndjson, 5)}";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), SubmissionBench.Cancel);
        using var answer = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 408 Request Timeout",
            await answer.ReadLineAsync(SubmissionBench.Cancel).AsTask().WaitAsync(TimeSpan.FromMinutes(5), SubmissionBench.Cancel));
        Assert.Empty(bench.OutboxFiles);
    }

    [Fact]
    public async Task More_than_256_agents_are_refused()
    {
        var bench = await fixture.BenchAsync();
        string agents = string.Join(
            ',', Enumerable.Range(0, 257).Select(number => $$"""{"id":"agent-{{number}}","ip_address":"{{SubmissionBench.Source}}"}"""));
        ProbeRuleTests.AssertRefused(await bench.PostAsync(SubmissionBench.Json(1, agents)), 400, "At most 256 agents in one measurement");
    }

    private static string Body(string type, int probes) => type == Ndjson
        ? $"{Metadata}\n{string.Concat(Enumerable.Range(0, probes).Select(number => SubmissionBench.Probe(number) + "\n"))}"
        : SubmissionBench.Json(probes);
}
