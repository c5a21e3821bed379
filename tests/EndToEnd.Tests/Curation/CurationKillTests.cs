using BrokerProcess;
using EndToEnd.Tests.Faults;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Curation;

/// <summary>
/// Kills the collector with kill -9 while a real router's table changes, and tests that the folded topic is the router's table again.
/// </summary>
public sealed class CurationKillTests : IDisposable
{
    private const string Topic = "risotto-updates";
    private const int Partitions = 8, Prefixes = 20_000, ChangesAtATime = 400;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-curation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_folded_topic_is_the_routers_table_after_each_kill()
    {
        Programs.Need("gobgpd", "gobgp");
        var cancel = TestContext.Current.CancellationToken;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("KILL_SEED"), out int given) ? given : 42;
        var random = new Random(seed);
        // These ports are not of the range from which a router gets its own port. In that range, a router that connects while nobody
        // listens could meet itself.
        int port = FreePorts.Next();
        using var broker = new ExternalBroker($"{Topic}:{Partitions}");
        using var topic = new FoldedTopic(broker.Bootstrap, Topic, Partitions);
        var risotto = await StartAsync(broker, port);
        try
        {
            await using var router = new GoBgpDaemon(_folder, port, FreePorts.Next());
            await Eventually.TrueAsync(() => router.IsUpAsync(cancel), Patience, () => "gobgpd does not start", cancel);
            await router.InjectAsync(Enumerable.Range(0, Prefixes).Select(prefix => (prefix, 65_100u)), cancel);
            await AgreesAsync(router, topic, risotto, "at first", cancel);
            var own = new HashSet<string>();
            for (int kill = 1; kill <= FaultScale.CurationKills; kill++)
            {
                using var restarted = new CancellationTokenSource();
                var changes = ChangeAsync(router, own, random.Next(), restarted.Token, cancel);
                await LetGoByAsync(TimeSpan.FromMilliseconds(random.Next(50, 2500)), cancel);
                await risotto.DisposeAsync();
                await LetGoByAsync(TimeSpan.FromMilliseconds(random.Next(1, 500)), cancel);
                risotto = await StartAsync(broker, port);
                await restarted.CancelAsync();
                await changes;
                await AgreesAsync(router, topic, risotto, $"seed {seed}, after kill {kill}", cancel);
            }
            FaultRun.Say(
                $"{FaultScale.CurationKills} kills, {topic.Records} records, {topic.Synthetic} of them synthetic, {topic.Forgotten} "
                + $"messages forgotten by the broker, {topic.Table().Count} routes");
        }
        finally
        {
            await risotto.DisposeAsync();
        }
    }

    private Task<RisottoProcess> StartAsync(ExternalBroker broker, int port) => RisottoProcess.StartAtAsync(port,
        "--kafka-brokers", broker.Bootstrap, "--kafka-batch-wait-time", "100", "--kafka-batch-wait-interval", "50",
        "--curation-state-path", Path.Combine(_folder, "state.bin"), "--curation-state-interval", "1", "--curation-sweep-after", "5");

    // Some routes change their path and change it back, others go and come again.
    private static async Task ChangeAsync(GoBgpDaemon router, HashSet<string> own, int seed, CancellationToken enough,
        CancellationToken cancel)
    {
        var random = new Random(seed);
        while (!enough.IsCancellationRequested)
        {
            int first = random.Next(Prefixes);
            await router.InjectAsync(
                Enumerable.Range(first, ChangesAtATime).Select(i => (i % (Prefixes + 500), 65_100u + (uint)random.Next(3))), cancel);
            for (int i = 0; i < 8; i++)
            {
                string prefix = $"172.16.{random.Next(24)}.0/24";
                if (own.Remove(prefix))
                    await router.WithdrawAsync(prefix, cancel);
                else if (own.Add(prefix))
                    await router.AnnounceAsync(prefix, cancel);
            }
        }
    }

    private static async Task AgreesAsync(GoBgpDaemon router, FoldedTopic topic, RisottoProcess risotto, string when,
        CancellationToken cancel)
    {
        var truth = await router.TableAsync(cancel);
        Dictionary<string, string> folded = [];
        await Eventually.TrueAsync(() =>
            {
                folded = topic.Table();
                return Task.FromResult(folded.Count == truth.Count
                    && truth.All(route => folded.GetValueOrDefault(route.Key) == route.Value));
            },
            Patience,
            () => $"{when}: {topic.Forgotten} messages were forgotten by the broker, {truth.Keys.Except(folded.Keys).Count()} of "
                + $"{truth.Count} routes are missing, {folded.Keys.Except(truth.Keys).Count()} too many "
                + $"({folded.Keys.Except(truth.Keys).FirstOrDefault()}), "
                    + $"{truth.Count(route => folded.TryGetValue(route.Key, out string? path) && path != route.Value)} wrong "
                + $"({truth.FirstOrDefault(route => folded.TryGetValue(route.Key, out string? path) && path != route.Value)}); "
                + string.Join('\n', risotto.Output),
            cancel);
    }

    // The moment of a kill is random; this waits for nothing but the time.
    private static async Task LetGoByAsync(TimeSpan time, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync(cancel);
    }
}
