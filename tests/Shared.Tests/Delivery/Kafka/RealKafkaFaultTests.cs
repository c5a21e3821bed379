using Confluent.Kafka;
using Shared.Records.Batch;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Tests a real broker that crashes, ends or hangs while several requests of every shard are in flight.</summary>
[Trait("Needs", "Daemon")]
public class RealKafkaFaultTests(KafkaNode kafka, ITestOutputHelper output) : IClassFixture<KafkaNode>
{
    private const int Disconnected = 201;

    [Theory]
    [InlineData("kill")]
    [InlineData("stop")]
    public async Task A_restart_costs_no_record_and_no_order_in_any_of_12_partitions(string end)
    {
        const int Shards = 16, Partitions = 12, BeforeAndAfter = 100;
        string topic = $"restart-{end}", bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CreateTopicAsync(topic, Partitions);
        // One message in each request, so that each partition has five requests in flight.
        await using var test = new SinkUnderTest(bootstrap, configure: config => (config.BatchNumMessages, config.LingerMs) = (1, 0));
        var batches = new TopicWriter(topic, NumberedRecords.Options(shards: Shards, batchesPerShard: 8), test.Sink, TimeProvider.System);
        await WriteAsync(batches, 0, BeforeAndAfter);
        int written = BeforeAndAfter;
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; written++)
                await WriteAsync(batches, written, 1);
        }, TestContext.Current.CancellationToken);
        await kafka.CommandAsync(end);
        await test.Log.NextAsync(Disconnected);
        await kafka.CommandAsync("start");
        await stop.CancelAsync();
        await writing;
        await WriteAsync(batches, written, BeforeAndAfter);
        written += BeforeAndAfter;

        using var reader = new TopicReader(bootstrap, topic, Partitions);
        var arrived = Enumerable.Range(0, Shards).Select(_ => new List<long>()).ToArray();
        var partitions = new HashSet<int>[Shards];
        for (int missing = Shards * written, repeated = 0; missing > 0;)
        {
            var (shard, value, partition) = reader.Read(1)[0];
            (partitions[shard] ??= []).Add(partition);
            foreach (long number in NumberedRecords.Numbers(value))
            {
                bool isNew = !arrived[shard].Contains(number);
                if (isNew)
                    arrived[shard].Add(number);
                missing -= isNew ? 1 : 0;
                repeated += isNew ? 0 : 1;
            }
            if (missing == 0)
                output.WriteLine(
                    $"{Shards * written} records, {repeated} came twice; {partitions.SelectMany(p => p).Distinct().Count()} partitions");
        }
        Assert.All(arrived, numbers => Assert.Equal(Enumerable.Range(0, written).Select(i => (long)i), numbers));
        Assert.All(partitions, used => Assert.Single(used));
    }

    [Fact]
    public async Task A_refusal_that_passes_costs_no_order_of_the_requests_under_way()
    {
        const int Count = 100;
        const string Topic = "too-few-replicas";
        string bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CreateTopicAsync(Topic, 1);
        await using var test = new SinkUnderTest(bootstrap, configure: config => (config.BatchNumMessages, config.LingerMs) = (1, 0));
        var batches = new TopicWriter(Topic, NumberedRecords.Options(batchesPerShard: 8), test.Sink, TimeProvider.System);
        await WriteAsync(batches, 0, Count);
        await RequireReplicasAsync(Topic, 2);   // there is one: Kafka answers NOT_ENOUGH_REPLICAS
        var writing = WriteAsync(batches, Count, Count);
        await RequireReplicasAsync(Topic, 1);
        await writing;
        using var reader = new TopicReader(bootstrap, Topic, 1);
        Assert.Equal(Enumerable.Range(0, 2 * Count).Select(i => (long)i), reader.ReadNumbers(2 * Count));
    }

    private Task RequireReplicasAsync(string topic, int count) => kafka.CommandAsync(
        "tool", "configs", "--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config", $"min.insync.replicas={count}");

    [Theory]
    [InlineData("none")]
    [InlineData("lz4")]
    public async Task Payloads_stay_whole_when_a_broker_hangs_or_crashes_in_the_middle_of_a_request(string compression)
    {
        string topic = $"stress-{compression}", bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CreateTopicAsync(topic, PayloadStress.Partitions);
        using var stress = new PayloadStress(bootstrap, topic, compression);
        var reader = new StressReader(bootstrap, stress);
        for (int round = 0; round < (PayloadStress.IsFull ? 8 : 3); round++)
            await FailAsync(stress, "pause", "resume", 5 + round);
        // A broker refuses a request whose checksum is not that of its content.
        Assert.DoesNotContain("CorruptRecordException", kafka.Log, StringComparison.Ordinal);
        for (int round = 0; round < (PayloadStress.IsFull ? 3 : 1); round++)
            await FailAsync(stress, "kill", "start", 10);
        await stress.SendAsync(50);
        await stress.SettleAsync();
        await reader.CompleteAsync();
        output.WriteLine($"{reader.Whole.Count} whole, {reader.Spoiled} spoiled; {stress}");
        Assert.Equal(0, reader.Spoiled);
        Assert.Empty(stress.Acknowledged.Except(reader.Whole));
        Assert.True(stress.ReportsByCode[ErrorCode.Local_MsgTimedOut] > 20);
    }

    private async Task FailAsync(PayloadStress stress, string begin, string end, int failures)
    {
        await stress.SendAsync(20);
        await kafka.CommandAsync(begin);
        await stress.SendUntilFailedAsync(ErrorCode.Local_MsgTimedOut, failures);
        await kafka.CommandAsync(end);
    }

    private static async Task WriteAsync(TopicWriter output, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            foreach (var shard in output.Shards)
                await NumberedRecords.WriteAsync(shard, i);
            output.CloseDue(always: true);
        }
    }
}
