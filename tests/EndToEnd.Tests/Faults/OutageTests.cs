using System.Diagnostics;
using BrokerProcess;
using Confluent.Kafka;
using Load.Send;
using Shared.Tests.Delivery.Kafka;

namespace EndToEnd.Tests.Faults;

/// <summary>Tests that nothing is lost when the broker goes away under load and comes back.</summary>
[Collection(nameof(RealKafka))]
public sealed class OutageTests(KafkaNode kafka) : IDisposable
{
    private const int Routers = 10;
    private const int MostRecordsInBatch = 3000;
    private const double Rate = 110_000;

    // In records of this sender (300 bytes), this is more than all batches in memory hold (48 MB).
    private const int MoreThanMemoryHolds = 200_000;

    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromMinutes(5);

    // The batches of all shards (48 MB), those read back (40 MB), the memory of the client for them, and the runtime.
    private const long MostMemory = 400_000_000;

    // These are the error codes that Kafka's protocol guide calls retriable and that can answer a Produce request. NETWORK_EXCEPTION is not
    // among them: clients make it themselves, and no broker sends it.
    private static readonly ErrorCode[] Retriable =
    [
        ErrorCode.InvalidMsg, ErrorCode.UnknownTopicOrPart, ErrorCode.LeaderNotAvailable, ErrorCode.NotLeaderForPartition,
            ErrorCode.RequestTimedOut,
        ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.KafkaStorageError,
    ];

    // The number of the smallest records, which are withdrawals, in 990,000 bytes.
    private const int MostRecordsOfABatch = 990_000 / 250;

    // The embedded broker counts compressed bytes to decide what it forgets. The better they compress, the longer the consumer has.
    private static readonly string[] Compressed = ["--kafka-compression", "zstd"];

    private readonly string _spool = Directory.CreateTempSubdirectory("risotto-spool-").FullName;

    public void Dispose() => Directory.Delete(_spool, recursive: true);

    [Fact]
    public async Task An_outage_of_the_embedded_broker_costs_no_record_and_no_order()
    {
        using var broker = new ExternalBroker($"{FaultRun.Topic}:{FaultRun.Partitions}");
        await RunAsync(broker.Bootstrap, FaultScale.EmbeddedOutage, Done(broker.SetDown), Done(broker.SetUp), Compressed);
    }

    [Fact]
    public async Task Every_passing_error_before_and_after_an_outage_costs_no_record()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var broker = new ExternalBroker($"{FaultRun.Topic}:{FaultRun.Partitions}");
        await using var run = new FaultRun(broker.Bootstrap, _spool);
        await run.StartAsync(Compressed);
        await using var sender = new BmpSender(Routers, seed: 4);
        await sender.StartAsync(run.Risotto.Bmp, Rate);
        foreach (var error in Retriable)
        {
            broker.FailNext(BrokerFaults.Produce, error);
            await run.Arrivals.WaitForAsync(run.Arrivals.Distinct + (int)Rate, Patience);
        }
        broker.SetDown();
        await LetGoByAsync(Steady, cancel);
        broker.FailNext(BrokerFaults.Produce, Retriable);
        broker.SetUp();
        await LetGoByAsync(Steady, cancel);
        await sender.StopAsync();
        await run.Arrivals.WaitForAsync(sender.Records, Patience);
        var rest = await run.AtRestAsync();
        long late = run.Arrivals.Query(sources => sources.Sum(source => source.Value.Late));
        FaultRun.Say($"{sender.Records} records, {run.Arrivals.Duplicates} twice, {late} after later ones");
        Assert.Empty(sender.Closed);
        Assert.Equal(sender.Records, run.Arrivals.Distinct);
        Assert.Equal(sender.Records, rest.Acked);
        // A real broker refuses the requests after a batch that it has refused; this one takes them. So each error may make one batch late.
        Assert.InRange(late, 0, 2 * Retriable.Length * MostRecordsInBatch);
    }

    [Fact]
    public async Task A_crash_of_a_real_broker_costs_no_record_and_no_order()
    {
        string bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CreateTopicAsync(FaultRun.Topic, FaultRun.Partitions);
        await RunAsync(bootstrap, FaultScale.KafkaOutage, () => kafka.CommandAsync("kill"), () => kafka.CommandAsync("start"));
    }

    private async Task RunAsync(string bootstrap, TimeSpan outage, Func<Task> down, Func<Task> up, params string[] flags)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var run = new FaultRun(bootstrap, _spool);
        await run.StartAsync(flags);
        await using var sender = new BmpSender(Routers, seed: 3);
        await sender.StartAsync(run.Risotto.Bmp, Rate);
        await LetGoByAsync(Steady, cancel);
        long memoryBefore = ProcessFigures.ResidentMemory(run.Risotto.ProcessId).Now, arrivedBefore = run.Arrivals.Distinct;
        await down();
        await LetGoByAsync(outage, cancel);
        // Routers do not have to wait for the broker: when memory has no room for more, their records go into the spool.
        var accounts = await run.AccountsAsync();
        await Eventually.TrueAsync(
            async () => (accounts = await run.AccountsAsync()).Spooled > MoreThanMemoryHolds, Patience, () => $"{accounts}\n{run.Log}",
                cancel);
        await up();
        await LetGoByAsync(Steady, cancel);
        double rate = sender.RecordsPerSecond;
        await sender.StopAsync();
        long back = Stopwatch.GetTimestamp();
        await run.Arrivals.WaitForAsync(sender.Records, Patience);
        FaultRun.Say($"drained {Stopwatch.GetElapsedTime(back)} after the sender's end");
        var rest = await run.AtRestAsync();
        long memory = ProcessFigures.ResidentMemory(run.Risotto.ProcessId).Highest;
        FaultRun.Say(
            $"rate {rate:F0}/s, {sender.Records} records, {arrivedBefore} before, {accounts.Spooled} in the spool at its height, "
            + $"{run.Arrivals.Duplicates} twice, stall {sender.LongestStall}, memory {memoryBefore / 1e6:F0} MB before, {memory / 1e6:F0} "
            + $"MB at most");
        FaultRun.Say($"{rest}");
        FaultRun.Say($"{run.Log}");
        Assert.Empty(sender.Closed);
        double notProven = (await run.MetricsAsync())["risotto_kafka_failures_total", "NotProven"];
        FaultRun.Say($"{notProven} batches sent again because nothing proved their delivery");
        run.AssertComplete(sender, mostLate: (long)notProven * MostRecordsOfABatch);
        Assert.Equal(sender.Records, rest.Acked);
        Assert.InRange(memory, 0, MostMemory);
    }

    private static Func<Task> Done(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    // An outage has a length: this waits for nothing but the time.
    private static async Task LetGoByAsync(TimeSpan time, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync(cancel);
    }
}
