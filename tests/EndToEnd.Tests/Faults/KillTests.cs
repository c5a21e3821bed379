using System.Globalization;
using BrokerProcess;
using Load.Arrivals;
using Load.Send;

namespace EndToEnd.Tests.Faults;

/// <summary>Ends the collector while the broker is away, by a kill or in order, and tests that the next one uses its spool.</summary>
[Collection(nameof(FullLoad))]
public sealed class KillTests : IDisposable
{
    private const int Routers = 4, Seed = 17;
    private const double Rate = 60_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _spool = Directory.CreateTempSubdirectory("risotto-spool-").FullName;

    public void Dispose() => Directory.Delete(_spool, recursive: true);

    [Fact]
    public async Task Batches_that_killed_collectors_had_spooled_arrive_exactly_once_when_folded()
    {
        var random = new Random(Seed);
        using var broker = new ExternalBroker($"{FaultRun.Topic}:{FaultRun.Partitions}");
        await using var run = new FaultRun(broker.Bootstrap, _spool);
        var spooled = new Dictionary<RecordSource, SequenceArrivals>();
        var accounts = new List<RecordAccounts>();
        for (int kill = 0; kill < FaultScale.Kills; kill++)
        {
            // In some rounds the broker is there at first. It takes the batches that earlier rounds left while more come, until the outage
            // begins.
            bool isThereAtFirst = random.Next(2) == 0;
            if (isThereAtFirst)
                await UpAsync(broker, run);
            await run.StartAsync(Collector(kill));
            await using var sender = new BmpSender(Routers, Seed + kill);
            await sender.StartAsync(run.Risotto.Bmp, Rate);
            if (isThereAtFirst)
                await run.Arrivals.WaitForAsync(run.Arrivals.Distinct + random.Next(1, 50_000), Patience);
            broker.SetDown();
            await LetGoByAsync(TimeSpan.FromMilliseconds(random.Next(200, 3000)));
            accounts.Add(await run.AccountsAsync());
            await run.Risotto.KillAsync();
            SpoolContents.AddTo(spooled, _spool, FaultRun.Topic);
        }
        await UpAsync(broker, run);
        await run.StartAsync(Collector(FaultScale.Kills));
        var rest = await run.AtRestAsync();
        await run.Arrivals.WaitForEndAsync(Patience);
        FaultRun.Say(
            $"{run.Arrivals.Distinct} records, {run.Arrivals.Duplicates} twice, {spooled.Sum(s => s.Value.Distinct)} were in the spool at "
            + $"a kill; at rest {rest}");

        var arrived = run.Arrivals.Query(sources => sources.ToDictionary());
        // An epoch's records arrive without a gap up to the last that was spooled: the kill loses only the end.
        Assert.All(arrived, source => Assert.True(source.Value.Missing == 0,
            $"{source.Key}: {source.Value.Missing} of {source.Value.Highest} are missing"));
        Assert.All(arrived, source => Assert.True(source.Value.Late == 0, $"{source.Key}: {source.Value.Late} arrived after later ones"));
        Assert.All(spooled, source => Assert.True(
            source.Value.AllIn(arrived.GetValueOrDefault(source.Key)),
                $"{source.Key}: of {source.Value.Distinct} that were spooled only {arrived.GetValueOrDefault(source.Key)?.Distinct} "
                + $"arrived"));
        for (int kill = 0; kill < accounts.Count; kill++)
        {
            long own = arrived.Where(source => source.Key.Collector == Collector(kill)[^1]).Sum(source => source.Value.Distinct);
            var before = accounts[kill];
            Assert.True(own >= before.Acked + before.Spooled - before.Recovered,
                $"kill {kill}: {own} records of that collector arrived; before it was killed: {before}");
        }
    }

    [Fact]
    public async Task SIGTERM_during_an_outage_ends_within_10_s_and_the_next_start_delivers_everything()
    {
        using var broker = new ExternalBroker($"{FaultRun.Topic}:{FaultRun.Partitions}");
        await using var run = new FaultRun(broker.Bootstrap, _spool);
        await run.StartAsync(Collector(0));
        await using var sender = new BmpSender(Routers, Seed);
        await sender.StartAsync(run.Risotto.Bmp, Rate);
        await run.Arrivals.WaitForAsync(1, Patience);
        broker.SetDown();
        await Eventually.TrueAsync(async () => (await run.AccountsAsync()).Spooled > 100_000, Patience, () => run.Log,
            TestContext.Current.CancellationToken);
        // All records are decoded, and the last ones are in memory only.
        await sender.StopAsync();
        await Eventually.TrueAsync(async () => (await run.AccountsAsync()).Decoded == sender.Records, Patience, () => run.Log,
            TestContext.Current.CancellationToken);

        var (exitCode, took) = await run.Risotto.TerminateAsync();
        FaultRun.Say($"ended after {took}: {run.Log}");
        Assert.Equal(0, exitCode);
        Assert.InRange(took, TimeSpan.Zero, ServiceProcess.LongestEnd);
        var spooled = new Dictionary<RecordSource, SequenceArrivals>();
        SpoolContents.AddTo(spooled, _spool, FaultRun.Topic);
        var arrivedBefore = run.Arrivals.Query(sources => sources.ToDictionary(s => s.Key.Router.ToString(), s => s.Value.Highest));
        Assert.All(sender.Routers, router => Assert.Equal(
            router.Records, spooled.Single(s => s.Key.Router.ToString() == router.Address.ToString()).Value.Highest));
        Assert.All(spooled, source => Assert.True(source.Value.Lowest <= arrivedBefore.GetValueOrDefault(source.Key.Router.ToString())
            + 1));

        await UpAsync(broker, run);
        await run.StartAsync(Collector(1));
        var rest = await run.AtRestAsync();
        FaultRun.Say($"{sender.Records} records, {rest.Recovered} recovered, {run.Arrivals.Duplicates} twice");
        await run.Arrivals.WaitForAsync(sender.Records, Patience);
        run.AssertComplete(sender, (long)(await run.MetricsAsync())["risotto_kafka_failures_total", "NotProven"] * 4000);
    }

    // The embedded broker limits the compressed bytes that it keeps, and gzip takes time, so the consumer is never late.
    private static string[] Collector(int number) =>
        ["--kafka-compression", "gzip", "--collector-id", number.ToString(CultureInfo.InvariantCulture)];

    // The consumer is back before a collector could fill the broker.
    private static Task UpAsync(ExternalBroker broker, FaultRun run)
    {
        broker.SetUp();
        return run.Arrivals.WaitForEndAsync(Patience);
    }

    // The moment of a kill is random; this waits for nothing but the time.
    private static async Task LetGoByAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }
}
