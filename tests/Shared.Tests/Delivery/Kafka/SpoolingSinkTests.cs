using BrokerProcess;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Tests a sink with a spool on the embedded broker.</summary>
public sealed class SpoolingSinkTests : IDisposable
{
    private const int Connected = 200, Disconnected = 201, Dropped = 203, GivenUp = 204, Rejected = 230, SpoolFailed = 231,
        SpoolRecovered = 232, SpoolInUse = 233, SpoolEmpty = 234, SpoolLeft = 235;

    private readonly string _directory = Directory.CreateTempSubdirectory("spooling-sink-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task While_the_broker_is_away_writers_continue_and_afterwards_everything_arrives_once_and_in_order()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 4, shards: 2);
        await test.Log.NextAsync(Connected);
        await test.WriteBatchesAsync(0, 0, 10);
        broker.SetDown();
        await test.Log.NextAsync(Disconnected);
        // These are many times more than memory holds, so the writer gets room only from the disk.
        await Task.WhenAll(test.WriteBatchesAsync(0, 10, 200), test.WriteBatchesAsync(1, 0, 200));
        await test.Log.NextAsync(SpoolInUse);
        Assert.Null(test.Sink.NotReady);
        Assert.True(test.Balance.Spooled > 0);
        Assert.Equal(0, test.Balance.Unaccounted);

        broker.SetUp();
        await test.WriteBatchesAsync(0, 210, 50);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        var messages = reader.Read(460);
        Assert.Equal(Numbers(0, 260), messages.Where(m => m.Shard == 0).SelectMany(m => NumberedRecords.Numbers(m.Value)));
        Assert.Equal(Numbers(0, 200), messages.Where(m => m.Shard == 1).SelectMany(m => NumberedRecords.Numbers(m.Value)));

        await test.Log.NextAsync(SpoolEmpty);
        await test.Sink.DisposeAsync();
        Assert.Equal(460, test.Balance.Acked);
        Assert.Equal((0, 0, 0), (test.Balance.Unaccounted, test.Balance.InFlight, test.Balance.Spooled));
        Assert.Equal(0, await test.MetricAsync("test_kafka_in_flight_batches"));
        Assert.Equal(0, await test.MetricAsync("test_spool_bytes"));
        Assert.Empty(Directory.EnumerateFiles(_directory, "*.spool", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_acknowledgement_for_what_the_client_still_holds_is_settled_by_its_copy_on_disk()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 4);
        await test.Log.NextAsync(Connected);
        broker.SetDown();
        var shard = test.Output.Shards[0];
        // The first batch goes to the client, which holds it while there is no broker; the second goes to the disk.
        for (int i = 0; i < 2; i++)
        {
            PendingAck ack;
            lock (shard.Gate)
                ack = shard.OpenAck();
            await test.WriteBatchesAsync(0, i, 1);
            Task<bool> settled;
            lock (shard.Gate)
                settled = ack.SettledAsync();
            Assert.True(await settled.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken));
            ack.Dispose();
        }
        Assert.Equal((2, 0), (test.Balance.Spooled, test.Balance.Acked));
    }

    [Fact]
    public async Task Batches_without_acknowledgement_at_the_end_are_sent_by_the_next_process_before_its_own()
    {
        using var broker = Broker();
        await using (var first = Sink(broker, batchesPerShard: 4))
        {
            await first.Log.NextAsync(Connected);
            broker.SetDown();
            await first.Log.NextAsync(Disconnected);
            await first.WriteBatchesAsync(0, 0, 3);
            await first.Sink.DisposeAsync();
            Assert.Contains("3 batches (3 records)", await first.Log.NextAsync(SpoolLeft), StringComparison.Ordinal);
            Assert.Equal(0, first.Log.Count(GivenUp));
            Assert.Equal((3, 0), (first.Balance.Spooled, first.Balance.Unaccounted));
        }
        await using var second = Sink(broker, batchesPerShard: 4);
        Assert.Equal((3, 3), (second.Balance.Recovered, second.Balance.Spooled));
        await second.WriteBatchesAsync(0, 3, 20);
        broker.SetUp();
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        Assert.Equal(Numbers(0, 23), reader.Read(23).SelectMany(m => NumberedRecords.Numbers(m.Value)));
        await second.Sink.DisposeAsync();
        Assert.Equal((23, 0), (second.Balance.Acked, second.Balance.Unaccounted));
    }

    [Fact]
    public async Task Batches_of_a_shard_and_a_topic_that_are_no_longer_in_use_are_sent_too()
    {
        using var broker = Broker();
        broker.SetDown();
        await using (var first = Sink(broker, batchesPerShard: 4, shards: 3))
            await first.WriteBatchesAsync(2, 0, 3);
        await using var second = Sink(broker, batchesPerShard: 4, shards: 1);
        broker.SetUp();
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        Assert.Equal([2, 2, 2], reader.Read(3).Select(m => m.Shard));
    }

    [Fact]
    public async Task A_full_spool_makes_the_writer_wait_and_the_sink_not_ready_and_loses_nothing()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 4, maxBytes: 4000);
        await test.Log.NextAsync(Connected);
        broker.SetDown();
        await test.Log.NextAsync(Disconnected);
        var writing = test.WriteBatchesAsync(0, 0, 200);
        Assert.Contains("--spool-max-bytes", await test.Log.NextAsync(SpoolFailed), StringComparison.Ordinal);
        Assert.NotNull(test.Sink.NotReady);
        Assert.False(writing.IsCompleted);
        Assert.True(await test.MetricAsync("test_spool_bytes") <= 4000);
        Assert.Equal(0, test.Balance.Unaccounted);

        broker.SetUp();
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        Assert.Equal(Numbers(0, 200), reader.Read(200).SelectMany(m => NumberedRecords.Numbers(m.Value)));
        await writing;
        await test.Log.NextAsync(SpoolRecovered);
        Assert.Null(test.Sink.NotReady);
        await test.Sink.DisposeAsync();
        Assert.Equal((200, 0), (test.Balance.Acked, test.Balance.Unaccounted));
    }

    [Fact]
    public async Task A_batch_that_the_broker_finds_too_large_is_kept_and_the_others_arrive()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 4);
        broker.FailNext(BrokerFaults.Produce, ErrorCode.MsgSizeTooLarge);
        await test.WriteBatchesAsync(0, 7, 1);
        string line = await test.Log.NextAsync(Rejected);
        await test.WriteBatchesAsync(0, 1, 3);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        Assert.Equal(Numbers(1, 3), reader.Read(3).SelectMany(m => NumberedRecords.Numbers(m.Value)));

        string file = Assert.Single(RejectedFiles());
        Assert.Contains(file, line, StringComparison.Ordinal);
        Assert.Contains("msgsizetoolarge", Path.GetFileName(file), StringComparison.Ordinal);
        Assert.Equal([7L], NumberedRecords.Numbers(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
        await test.Sink.DisposeAsync();
        Assert.Equal(1, test.Balance.Rejected["MsgSizeTooLarge"]);
        Assert.Equal((3, 0), (test.Balance.Acked, test.Balance.Unaccounted));
        Assert.Equal(0, test.Log.Count(Dropped));
        Assert.Equal(1, await test.MetricAsync("test_kafka_failures_total{reason=\"MsgSizeTooLarge\",kind=\"permanent\"}"));
    }

    [Fact]
    public async Task Missing_rights_are_waited_for_in_the_spool_and_everything_arrives_in_order()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 4);
        broker.FailNext(BrokerFaults.Produce, ErrorCode.TopicAuthorizationFailed, ErrorCode.TopicAuthorizationFailed);
        await test.WriteBatchesAsync(0, 0, 30);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        Assert.Equal(Numbers(0, 30), reader.ReadNumbers(30));
        Assert.Empty(RejectedFiles());
    }

    [Fact]
    public async Task When_rights_stay_away_batches_are_kept_as_rejected()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 4, rightsGrace: TimeSpan.Zero);
        broker.FailNext(BrokerFaults.Produce, ErrorCode.TopicAuthorizationFailed);
        await test.WriteBatchesAsync(0, 7, 1);
        await test.Log.NextAsync(Rejected);
        Assert.Contains("refused", test.Sink.NotReady!, StringComparison.Ordinal);
        string file = Assert.Single(RejectedFiles());
        Assert.Equal([7L], NumberedRecords.Numbers(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
        Assert.Equal((1, 0), (test.Balance.Rejected["TopicAuthorizationFailed"], test.Balance.Unaccounted));
    }

    [Fact]
    public async Task A_slow_broker_is_relieved_by_the_spool_and_gets_everything_in_order()
    {
        using var broker = Broker();
        await using var test = Sink(broker, batchesPerShard: 8, configure: config => (config.BatchNumMessages, config.LingerMs) = (1, 0));
        await test.Log.NextAsync(Connected);
        broker.SetRoundTrip(TimeSpan.FromMilliseconds(1200));
        await test.WriteBatchesAsync(0, 0, 60);
        await test.Log.NextAsync(SpoolInUse);
        broker.SetRoundTrip(TimeSpan.Zero);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 2);
        Assert.Equal(Numbers(0, 60), reader.ReadNumbers(60));
        await test.Log.NextAsync(SpoolEmpty);
        // The spool is no longer in use: new batches do not touch the disk.
        double? appended = await test.MetricAsync("test_spool_appended_bytes_total");
        await test.WriteBatchesAsync(0, 60, 20);
        Assert.Equal(Numbers(60, 20), reader.ReadNumbers(20));
        Assert.Equal(appended, await test.MetricAsync("test_spool_appended_bytes_total"));
    }

    private IEnumerable<string> RejectedFiles() =>
        Directory.Exists(Path.Combine(_directory, "rejected"))
            ? Directory.EnumerateFiles(Path.Combine(_directory, "rejected"), "*.capnp", SearchOption.AllDirectories)
            : [];

    private static IEnumerable<long> Numbers(int first, int count) => Enumerable.Range(first, count).Select(n => (long)n);

    private static EmbeddedBroker Broker()
    {
        var broker = new EmbeddedBroker();
        broker.CreateTopic(SinkUnderTest.Topic, 2);
        return broker;
    }

    private SinkUnderTest Sink(
        EmbeddedBroker broker,
        int batchesPerShard,
        int shards = 1,
        long maxBytes = 1 << 20,
        TimeSpan? rightsGrace = null,
        Action<ProducerConfig>? configure = null) =>
        new(broker.Bootstrap, NumberedRecords.Options(batchesPerShard: batchesPerShard, shards: shards),
            new KafkaOptions
            {
                DrainTimeout = TimeSpan.FromSeconds(4),
                RightsGrace = rightsGrace ?? TimeSpan.FromSeconds(30),
                Spool = new SpoolOptions { Directory = _directory, MaxBytes = maxBytes, SegmentBytes = 1000 },
            },
            configure);
}
