using Load.Arrivals;
using Load.Send;
using Shared.Tests.Delivery.Kafka;

namespace EndToEnd.Tests.Faults;

/// <summary>Tests a topic that takes smaller messages than the collector makes.</summary>
[Collection(nameof(RealKafka))]
public sealed class RejectedBatchTests(KafkaNode kafka) : IDisposable
{
    private const string Topic = "takes-small-ones";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _spool = Directory.CreateTempSubdirectory("risotto-spool-").FullName;

    public void Dispose() => Directory.Delete(_spool, recursive: true);

    [Fact]
    public async Task A_batch_above_the_topics_limit_is_kept_and_nothing_else_stops()
    {
        string bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CreateTopicAsync(Topic, FaultRun.Partitions, "max.message.bytes=300000");
        await using var run = new FaultRun(bootstrap, _spool, Topic);
        await run.StartAsync("--kafka-compression", "none");
        // Two routers send what fits into a message in a second, two others fill batches of 990,000 bytes.
        await using var small = new BmpSender(routers: 2, seed: 1);
        await using var large = new BmpSender(routers: 2, seed: 7, firstRouter: 101);
        await small.StartAsync(run.Risotto.Bmp, 600);
        await run.Arrivals.WaitForAsync(1000, Patience);
        await large.StartAsync(run.Risotto.Bmp, 10_000);
        await Eventually.TrueAsync(async () => (await run.AccountsAsync()).Rejected > 20_000, Patience, () => run.Log,
            TestContext.Current.CancellationToken);
        await large.StopAsync();
        long arrived = run.Arrivals.Distinct;
        await run.Arrivals.WaitForAsync(arrived + 1000, Patience);
        await small.StopAsync();
        var rest = await run.AtRestAsync();
        await run.Arrivals.WaitForEndAsync(Patience);

        var kept = new Dictionary<RecordSource, SequenceArrivals>();
        var reader = new SourceReader();
        string[] files = Directory.GetFiles(Path.Combine(_spool, "rejected", Topic));
        foreach (string file in files)
        {
            reader.Read(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), (source, sequence) =>
            {
                if (!kept.TryGetValue(source, out var known))
                    kept.Add(source, known = new SequenceArrivals());
                known.Add(sequence);
            });
        }
        Assert.Empty(small.Closed);
        Assert.Empty(large.Closed);
        Assert.Equal(small.Records + large.Records, rest.Acked + rest.Rejected);
        Assert.Equal(rest.Rejected, kept.Values.Sum(k => k.Distinct));
        Assert.Equal(rest.Acked, run.Arrivals.Distinct);
    }
}
