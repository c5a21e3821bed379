using Risotto.Curate;

namespace Risotto.Tests.Curate;

/// <summary>
/// Random lives of routers, sessions and collectors against a dictionary: the folded topic is the routers' tables, whenever it is
/// looked at.
/// </summary>
[Trait("Needs", "Time")]
public sealed class CurationModelTests : IDisposable
{
    private const int Operations = 1_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_folded_topic_is_what_the_routers_have()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("MODEL_SEED"), out int given) ? given : 20_260_804;
        var random = new Random(seed);
        string[] addresses = ["192.0.2.1", "2001:db8::1", "198.51.100.7", "::ffff:203.0.113.3"];
        var routers =
            addresses.Select((address, i) => new ModelRouter(i, address.Replace("::ffff:", "", StringComparison.Ordinal), seed + i))
                .ToArray();
        var topic = new ModelTopic();
        var options = new CurationOptions { Hold = TimeSpan.FromSeconds(300) };
        string state = Path.Combine(_folder, "state.bin");
        ulong epoch = 1;
        var collector = new ModelCollector(state, epoch, options, topic);
        int restarts = 0, losses = 0, checks = 0;
        for (int operation = 0; operation < Operations; operation++)
        {
            var router = routers[random.Next(routers.Length)];
            router.Step();
            int dice = random.Next(100_000);
            if (dice < 40)
                LoseSession(router, collector, random);
            else if (dice < 60)
                await collector.WriteStateAsync();
            else if (dice < 62)
                (topic.Refuses, losses) = (1, losses + 1);
            else if (dice < 66)
            {
                restarts++;
                await collector.KillAsync(losesBatches: random.Next(2) == 0);
                Array.ForEach(routers, each => each.Disconnect());
                Away(routers, random);
                collector = new ModelCollector(state, ++epoch, options, topic);
            }
            if (!router.IsConnected)
                Connect(router, collector, random);
            if (operation % 5000 == 4999)
            {
                checks++;
                await CheckAsync(routers, collector, topic, random, $"seed {seed}, operation {operation}");
            }
        }
        await collector.DisposeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Operations} operations, {topic.Records} records ({topic.Synthetic} synthetic, {topic.Lost} lost), " +
            $"{restarts} kills, {losses} refused batches, {checks} checks");
        Assert.True(restarts > 10 && losses > 5);
    }

    private static void LoseSession(ModelRouter router, ModelCollector collector, Random random)
    {
        if (router.Disconnect() is not { } old)
            return;
        int way = random.Next(3);
        if (way > 0)
            ModelRouter.End(old, collector.NowNs);
        for (int i = random.Next(200); i > 0; i--)
            router.Step();
        if (way == 1)
        {
            // It stays away for longer than its routes.
            EndHold(router, collector);
            Assert.Equal(0, collector.StateOf(router.Address).Rib!.Count.Routes);
        }
        Connect(router, collector, random);
        if (way == 0)
        {
            // Half-open: the collector finds out later than the router.
            router.SendOld(old);
            ModelRouter.End(old, collector.NowNs);
            // What the router did not tell of again goes when the old session's hold ends.
            EndHold(router, collector);
        }
    }

    private static void EndHold(ModelRouter router, ModelCollector collector)
    {
        var state = collector.StateOf(router.Address);
        lock (collector.Updates.ShardOf(state.ShardHash).Gate)
        {
            foreach (var view in state.Rib!.Views.Where(view => view.HoldEndsAt is not null).ToList())
            {
                while (!collector.Withdrawals(state).TryWithdraw(view, WithdrawCause.SessionLost, collector.NowNs))
                {
                }
                view.Release(holdEndsAt: null);
            }
        }
    }

    private static void Connect(ModelRouter router, ModelCollector collector, Random random)
    {
        bool endsOfRib = random.Next(2) == 0;
        router.Connect(collector, endsOfRib);
        // Where no End-of-RIB came, and for peers that are not there any more, the time runs out.
        var state = collector.StateOf(router.Address);
        lock (collector.Updates.ShardOf(state.ShardHash).Gate)
        {
            foreach (var view in state.Rib!.Views.Where(view => view.Owner is not null && view.IsSweepPending).ToList())
            {
                while (!collector.Withdrawals(state).TrySweep(view, WithdrawCause.SweepTimer, collector.NowNs))
                {
                }
            }
        }
    }

    private static void Away(ModelRouter[] routers, Random random)
    {
        foreach (var router in routers)
        {
            for (int i = random.Next(300); i > 0; i--)
                router.Step();
        }
    }

    private static async Task CheckAsync(ModelRouter[] routers, ModelCollector collector, ModelTopic topic, Random random, string where)
    {
        foreach (var router in routers.Where(router => !router.IsConnected))
            Connect(router, collector, random);
        await collector.FlushAsync();
        if (topic.Refuses > 0 || topic.Lost > topic.LostAtLastCheck)
        {
            // What is lost comes again when the routers tell their tables again, and not before.
            topic.Refuses = 0;
            foreach (var router in routers)
            {
                ModelRouter.End(router.Disconnect()!, collector.NowNs);
                Connect(router, collector, random);
            }
            await collector.FlushAsync();
        }
        topic.LostAtLastCheck = topic.Lost;
        Array.ForEach(routers, router => router.EndWaiting());
        await collector.FlushAsync();
        Compare(routers, topic, where);
        foreach (var balance in collector.Accounts.Balances().Values)
            Assert.Equal(0, balance.Unaccounted);
    }

    private static void Compare(ModelRouter[] routers, ModelTopic topic, string where)
    {
        var folded = topic.Fold();
        foreach (var (key, attributes) in routers.SelectMany(router => router.Table()))
        {
            Assert.True(folded.Remove(key, out string? found), $"{where}: {key} is missing; its last record: {topic.Last(key)}");
            Assert.True(attributes == found, $"{where}: {key} is {found}, should be {attributes}");
        }
        Assert.True(folded.Count == 0,
            $"{where}: {folded.Count} routes too many, such as {folded.Keys.FirstOrDefault()}: {topic.Last(folded.Keys.FirstOrDefault())}");
    }
}
