using System.Net;
using BrokerProcess;
using Shared.Tests.Delivery.Spool;

namespace EndToEnd.Tests.Faults;

/// <summary>
/// Tests that replies of answered bodies (202) arrive when the broker is away, the gateway is killed, or the disk is full.
/// </summary>
public sealed class ReplyOutageTests : IDisposable
{
    private const int Agents = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _spool = Directory.CreateTempSubdirectory("gateway-spool-").FullName;
    private readonly HttpClient _client = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_spool, recursive: true);
        _client.Dispose();
    }

    [Fact]
    public async Task Bodies_that_were_answered_202_without_a_broker_survive_kills()
    {
        using var broker = new ExternalBroker($"{ReplyTopic.Name}:{ReplyTopic.Partitions}");
        await using var topic = new ReplyTopic(broker.Bootstrap);
        ReplyAgent[] agents = [.. Enumerable.Range(0, Agents).Select(i => new ReplyAgent($"agent-{i}"))];
        long spooledAtKills = 0;
        for (int kill = 0; kill < FaultScale.GatewayKills; kill++)
        {
            await using var gateway = await StartAsync(broker, _spool);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var sending = agents.Select(agent => SendAsync(agent, gateway, end.Token)).ToArray();
            // The agent sends with the broker first, then without it.
            await AnsweredAsync(agents, bodies: 3, gateway);
            broker.SetDown();
            await AnsweredAsync(agents, bodies: 2, gateway);
            var accounts = await AccountsAsync(gateway);
            spooledAtKills += accounts.Spooled;
            Assert.True(accounts.IsBalanced, accounts.ToString());
            await gateway.KillAsync();
            await end.CancelAsync();
            await Task.WhenAll(sending);
            broker.SetUp();
        }
        await using var last = await StartAsync(broker, _spool);
        foreach (var agent in agents)
            Assert.Equal(HttpStatusCode.Accepted, (await agent.SendAsync(last.Http, Cancel))!.Value.Status);
        var rest = await AtRestAsync(last);
        await ArrivedAsync(topic, agents, last);
        FaultRun.Say(
            $"{agents.Sum(a => a.Answered.Count)} replies answered 202, {topic.Records.Count} records, {topic.Duplicates} twice, "
            + $"{spooledAtKills} in the spool at {FaultScale.GatewayKills} kills; {rest}");
        Assert.True(spooledAtKills > 0, "nothing was in the spool");
        Assert.Empty(topic.Contradictions);
        Assert.Equal(0, rest.Dropped + rest.Rejected);
        // When records of the same place count once, each answered reply is there once: no body was sent twice.
        Assert.All(agents, agent => Assert.All(topic.Records.Where(r => r.Key.Agent == agent.Name && agent.Answered.Contains(r.Value))
            .GroupBy(r => r.Value), same => Assert.Single(same)));
        foreach (var agent in agents)
            agent.Dispose();
    }

    [Fact]
    public async Task A_full_disk_is_503_with_a_time_to_come_back_and_costs_nothing()
    {
        SmallDisk.SkipUnlessRoot();
        using var disk = new SmallDisk(kilobytes: 12 << 10);
        using var broker = new ExternalBroker($"{ReplyTopic.Name}:{ReplyTopic.Partitions}");
        await using var topic = new ReplyTopic(broker.Bootstrap);
        await using var gateway = await StartAsync(broker, Path.Combine(disk.Path, "spool"), "--replies-ack-timeout", "3");
        using var agent = new ReplyAgent("ams-1");
        Assert.Equal(HttpStatusCode.Accepted, (await agent.SendAsync(gateway.Http, Cancel))!.Value.Status);
        broker.SetDown();
        // A body that comes while the disk has no room is refused; the bodies before it are in the spool.
        (HttpStatusCode Status, string? RetryAfter) answer = (HttpStatusCode.Accepted, null);
        for (int body = 0; body < 1000 && answer.Status == HttpStatusCode.Accepted; body++)
            answer = (await agent.SendAsync(gateway.Http, Cancel))!.Value;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), answer);
        string ready = await (await _client.GetAsync(new Uri($"http://{gateway.Metrics}/readyz"), Cancel)).Content
            .ReadAsStringAsync(Cancel);
        Assert.Contains("spool: batches cannot be kept", ready, StringComparison.Ordinal);
        var full = await AccountsAsync(gateway);
        Assert.True(full.IsBalanced, full.ToString());

        broker.SetUp();
        await Eventually.TrueAsync(async () => (await agent.SendAsync(gateway.Http, Cancel))!.Value.Status == HttpStatusCode.Accepted,
            Patience, () => Log(gateway), Cancel);
        var rest = await AtRestAsync(gateway);
        await ArrivedAsync(topic, [agent], gateway);
        FaultRun.Say(
            $"{agent.Answered.Count} replies answered 202, {topic.Records.Count} records, {topic.Duplicates} twice; full: {full}; at "
            + $"rest: {rest}");
        Assert.Empty(topic.Contradictions);
        Assert.Equal(0, rest.Dropped + rest.Rejected);
    }

    private static Task<GatewayProcess> StartAsync(ExternalBroker broker, string spool, params string[] flags) =>
        GatewayProcess.StartAsync(null, ["--kafka-brokers", broker.Bootstrap, "--spool-dir", spool, "--kafka-batch-wait-time", "20",
            .. flags]);

    // Sends one body after the other, until the gateway is gone.
    private static async Task SendAsync(ReplyAgent agent, GatewayProcess gateway, CancellationToken end)
    {
        try
        {
            while (await agent.SendAsync(gateway.Http, end) is not null)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The test has what it needs.
        }
    }

    private static async Task AnsweredAsync(ReplyAgent[] agents, int bodies, GatewayProcess gateway)
    {
        int[] before = [.. agents.Select(agent => agent.AnsweredBodies)];
        await Eventually.TrueAsync(
            () => Task.FromResult(agents.Zip(before).All(pair => pair.First.AnsweredBodies >= pair.Second + bodies)), Patience,
                () => Log(gateway), Cancel);
    }

    private async Task<RecordAccounts> AtRestAsync(GatewayProcess gateway)
    {
        var accounts = await AccountsAsync(gateway);
        await Eventually.TrueAsync(async () => (accounts = await AccountsAsync(gateway)).IsAtRest, Patience,
            () => $"{accounts}\n{Log(gateway)}", Cancel);
        Assert.True(accounts.IsBalanced, accounts.ToString());
        return accounts;
    }

    private static async Task ArrivedAsync(ReplyTopic topic, ReplyAgent[] agents, GatewayProcess gateway)
    {
        long missing = 0;
        await Eventually.TrueAsync(() => Task.FromResult((missing = agents.Sum(Missing)) == 0), Patience,
            () => $"{missing} answered replies are not in the topic\n{Log(gateway)}", Cancel);

        long Missing(ReplyAgent agent)
        {
            var arrived = topic.Records.Where(record => record.Key.Agent == agent.Name).Select(record => record.Value).ToHashSet();
            return agent.Answered.Count(captured => !arrived.Contains(captured));
        }
    }

    private Task<RecordAccounts> AccountsAsync(GatewayProcess gateway) =>
        RecordAccounts.GetAsync(_client, gateway.Metrics, ReplyTopic.Name, Cancel, "saimiris_gateway");

    private static string Log(GatewayProcess gateway) => string.Join('\n', [.. gateway.Output, .. gateway.Errors]);
}
