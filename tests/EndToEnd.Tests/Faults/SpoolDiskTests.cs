using System.Net;
using BrokerProcess;
using Load.Send;
using Shared.Tests.Delivery.Spool;

namespace EndToEnd.Tests.Faults;

/// <summary>Tests a spool whose disk is full, or cannot be written to.</summary>
[Collection(nameof(FullLoad))]
public sealed class SpoolDiskTests
{
    private const int Routers = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_full_disk_makes_routers_wait_and_costs_nothing()
    {
        SmallDisk.SkipUnlessRoot();
        // All waiting records come at once afterwards, and the embedded broker forgets all but 5 MiB of a partition. Compressed, it has
        // room for all of them, even if the consumer is late.
        using var disk = new SmallDisk(kilobytes: 16 << 10);
        using var broker = new ExternalBroker($"{FaultRun.Topic}:{FaultRun.Partitions}");
        await using var run = new FaultRun(broker.Bootstrap, Path.Combine(disk.Path, "spool"));
        await run.StartAsync("--kafka-compression", "zstd");
        await using var sender = new BmpSender(Routers, seed: 5);
        await sender.StartAsync(run.Risotto.Bmp, 100_000);
        await run.Arrivals.WaitForAsync(1, Patience);
        broker.SetDown();
        await UntilAsync(run, async () => (await run.ReadyAsync()).Text.Contains("spool: batches cannot be kept",
            StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await run.ReadyAsync()).Status);
        FaultRun.Say($"{(await run.ReadyAsync()).Text}");
        // No router can write any more: batches, spool and sockets are full.
        await UntilAsync(run, () => Task.FromResult(sender.Routers.All(router => router.LongestStall > TimeSpan.FromSeconds(2))));
        Assert.Empty(sender.Closed);
        Assert.Single(run.Risotto.Output, line => line.Contains("takes no batch (", StringComparison.Ordinal)
            && line.Contains(disk.Path, StringComparison.Ordinal));
        var full = await run.AccountsAsync();

        broker.SetUp();
        await sender.StopAsync();
        await run.Arrivals.WaitForAsync(sender.Records, Patience);
        var rest = await run.AtRestAsync();
        FaultRun.Say(
            $"{sender.Records} records, stall {sender.LongestStall}, {run.Arrivals.Duplicates} twice; full: {full}; at rest: {rest}");
        FaultRun.Say($"{run.Log}");
        Assert.Empty(sender.Closed);
        run.AssertComplete(sender, (long)(await run.MetricsAsync())["risotto_kafka_failures_total", "NotProven"] * 4000);
        Assert.Equal(0, rest.Dropped);
        Assert.Equal(HttpStatusCode.OK, (await run.ReadyAsync()).Status);
        Assert.Contains(run.Risotto.Output, line => line.Contains("takes batches again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_one_line_and_exit_1()
    {
        SmallDisk.SkipUnlessRoot();
        using var disk = new SmallDisk(kilobytes: 1024);
        disk.MakeReadOnly();
        foreach (string folder in new[] { disk.Path, Path.Combine(disk.Path, "spool") })
        {
            await using var risotto = RisottoProcess.Run(
                "--bmp-address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", "--kafka-brokers", "127.0.0.1:9", "--spool-dir",
                    folder);
            Assert.Equal(1, await risotto.WaitForExitAsync());
            string line = Assert.Single(risotto.Errors);
            FaultRun.Say($"{line}");
            Assert.StartsWith($"risotto: --spool-dir: {folder}", line, StringComparison.Ordinal);
            Assert.Contains("ead-only", line, StringComparison.Ordinal);
        }
    }

    private static Task UntilAsync(FaultRun run, Func<Task<bool>> condition) =>
        Eventually.TrueAsync(condition, Patience, () => run.Log, TestContext.Current.CancellationToken);
}
