using BrokerProcess;
using Load.Arrivals;
using Load.Feed;
using Microsoft.Extensions.Logging.Abstractions;
using Shared.Spool;

namespace EndToEnd.Tests.Faults;

/// <summary>The collector is killed while the broker is away.</summary>
[Collection(nameof(OneAtATime))]
public sealed class KillTests : IDisposable
{
    private const int Routers = 4;
    private const double Rate = 50_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _spool = Directory.CreateTempSubdirectory("risotto-spool-").FullName;

    public void Dispose() => Directory.Delete(_spool, recursive: true);

    [Fact]
    public async Task What_a_killed_collector_had_spooled_arrives_exactly_once_in_the_fold()
    {
        var random = new Random(17);
        using var broker = new ExternalBroker($"{FaultRun.Topic}:{FaultRun.Partitions}");
        await using var run = await FaultRun.StartAsync(broker.Bootstrap, _spool);
        var kept = new HashSet<(RecordSource, ulong)>();
        for (int kill = 0; kill < FaultScale.Kills; kill++)
        {
            await using (var feed = new BmpFeed(Routers, seed: kill))
            {
                await feed.StartAsync(run.Risotto.Bmp, Rate);
                // In some rounds the broker is there at first, so that the outage begins and the spool drains in the midst of a process.
                bool isThereAtFirst = random.Next(2) == 0;
                if (isThereAtFirst)
                    await run.Arrivals.WaitForAsync(run.Arrivals.Distinct + 1, Patience);
                broker.SetDown();
                long least = random.Next(1, 60_000);
                await Eventually.TrueAsync(
                    async () => (await run.AccountsAsync()).Spooled >= least, Patience, () => run.Log, TestContext.Current.CancellationToken);
                await run.Risotto.KillAsync();
            }
        }
    }
}
