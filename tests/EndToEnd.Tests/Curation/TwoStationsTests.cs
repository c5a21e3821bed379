using BrokerProcess;
using EndToEnd.Tests.Faults;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Curation;

/// <summary>
/// Tests a real router with two sessions at one collector: a second station is added and removed while its table changes. The folded
/// topic stays the router's table, and no route that the router has is withdrawn.
/// </summary>
public sealed class TwoStationsTests : IDisposable
{
    private const string Topic = "risotto-updates";
    private const int Partitions = 8, Prefixes = 5_000, Rounds = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-stations-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_second_station_that_comes_and_goes_takes_no_route_away()
    {
        Programs.Need("gobgpd", "gobgp");
        var cancel = TestContext.Current.CancellationToken;
        int port = FreePorts.Next();
        using var broker = new ExternalBroker($"{Topic}:{Partitions}");
        using var topic = new FoldedTopic(broker.Bootstrap, Topic, Partitions);
        await using var risotto = await RisottoProcess.StartAtAsync(port,
            "--kafka-brokers", broker.Bootstrap, "--kafka-batch-wait-time", "100", "--kafka-batch-wait-interval", "50",
            "--curation-state-path", Path.Combine(_folder, "state.bin"), "--curation-hold", "15", "--curation-sweep-after", "5");
        await using var router = new GoBgpDaemon(_folder, port, FreePorts.Next());
        using var http = new HttpClient();
        await Eventually.TrueAsync(() => router.IsUpAsync(cancel), Patience, () => "gobgpd does not start", cancel);
        await router.InjectAsync(Enumerable.Range(0, Prefixes).Select(prefix => (prefix, 65_100u)), cancel);
        await AgreesAsync("at first");
        for (int round = 1; round <= Rounds; round++)
        {
            await using (var second = new PortForwarder(risotto.Bmp))
            {
                await router.AddStationAsync(second.Port, cancel);
                await UntilAsync(page => page["risotto_sessions"] == 2, "the second session");
                await ChangeAsync(round, 10);
                await AgreesAsync($"round {round}, with two stations");
                // GoBGP 3.10 forgets the station, and leaves its connection open.
                await router.RemoveStationAsync(second.Port, cancel);
            }
            // The router still reports to the first station, whose routes were left out.
            await ChangeAsync(round, 20);
            await UntilAsync(page => page["risotto_session_closed_total", "superseded"] == round, "the end of the older session");
            await AgreesAsync($"round {round}, after the second station");
        }
        // This is longer than the hold and the sweep together: nothing is withdrawn later either.
        await LetGoByAsync(TimeSpan.FromSeconds(25));
        await AgreesAsync("after the hold and the sweep");
        Assert.Equal(0, topic.Forgotten);
        Assert.Equal(0, topic.Synthetic);
        FaultRun.Say($"{topic.Records} records, {topic.Table().Count} routes");

        async Task ChangeAsync(int round, int kind)
        {
            uint origin = 65_100u + (uint)(round * 100 + kind);
            await router.InjectAsync(Enumerable.Range(round * 300 + kind, 200).Select(prefix => (prefix, origin)), cancel);
            await router.AnnounceAsync($"172.16.{round * 30 + kind}.0/24", cancel);
            await router.AnnounceAsync($"172.17.{round * 30 + kind}.0/24", cancel);
            await router.WithdrawAsync($"172.16.{round * 30 + kind}.0/24", cancel);
        }

        async Task UntilAsync(Func<MetricsPage, bool> condition, string what) => await Eventually.TrueAsync(
            async () => condition(await MetricsPage.GetAsync(http, risotto.Metrics, cancel)), Patience,
            () => $"{what} does not come: {string.Join('\n', risotto.Output)}", cancel);

        async Task AgreesAsync(string when)
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
                () => $"{when}: {truth.Keys.Except(folded.Keys).Count()} of {truth.Count} routes are missing, "
                    + $"{folded.Keys.Except(truth.Keys).Count()} too many, "
                    + $"{truth.Count(route => folded.TryGetValue(route.Key, out string? path) && path != route.Value)} wrong; "
                    + string.Join('\n', risotto.Output),
                cancel);
        }

        async Task LetGoByAsync(TimeSpan time)
        {
            using var timer = new PeriodicTimer(time);
            await timer.WaitForNextTickAsync(cancel);
        }
    }
}
