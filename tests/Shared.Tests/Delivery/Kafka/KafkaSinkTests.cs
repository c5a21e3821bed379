using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using BrokerProcess;
using Confluent.Kafka;
using Microsoft.Extensions.Time.Testing;
using Shared.Delivery.Kafka;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

public class KafkaSinkTests
{
    private const int Connected = 200, Disconnected = 201, Retried = 202, Dropped = 203, GivenUp = 204, Replaced = 205;

    [Fact]
    public async Task Batches_arrive_byte_for_byte_and_in_the_order_of_their_shard()
    {
        const int Shards = 5, Records = 2000;
        using var broker = Broker(partitions: 3);
        await using var test = new SinkUnderTest(broker.Bootstrap, NumberedRecords.Options(maxBytes: 1000, shards: Shards));
        await Task.WhenAll(test.Output.Shards.Select(shard => Task.Run(async () =>
        {
            for (int i = 0; i < Records; i++)
                await NumberedRecords.WriteAsync(shard, i);
        })));
        test.Output.CloseDue(always: true);

        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 3);
        var messages = reader.Read(Shards * Records / 10);
        Assert.All(messages.GroupBy(m => m.Shard), shard =>
        {
            Assert.Single(shard.Select(m => m.Partition).Distinct());
            Assert.Equal(Enumerable.Range(0, Records).Select(n => (long)n), shard.SelectMany(m => NumberedRecords.Numbers(m.Value)));
            Assert.All(
                shard.SelectMany(m => m.Value.Chunk(100)), record => Assert.All(record[8..], value => Assert.Equal(record[7], value)));
        });
        Assert.Equal(Shards, messages.Select(m => m.Shard).Distinct().Count());

        await test.Sink.DisposeAsync();
        Assert.Equal(1000, await test.MetricAsync("test_kafka_messages_total{status=\"success\"}"));
        Assert.Equal(0, await test.MetricAsync("test_kafka_messages_total{status=\"failure\"}"));
        Assert.Equal(Shards * Records, await test.MetricAsync("test_kafka_records_total"));
        Assert.Equal(Shards * Records * 100, await test.MetricAsync("test_kafka_bytes_total"));
        Assert.Equal(0, await test.MetricAsync("test_kafka_in_flight_batches"));
        Assert.Equal(1000, await test.MetricAsync("test_kafka_delivery_seconds_count"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task A_full_batch_of_990000_bytes_passes_with_every_compression(string compression)
    {
        using var broker = Broker(partitions: 1);
        var options = new KafkaOptions { Compression = compression };
        await using var test = new SinkUnderTest(broker.Bootstrap, NumberedRecords.Options(maxBytes: 990_000), options);
        for (int i = 0; i < 9900; i++)
            await NumberedRecords.WriteAsync(test.Output.Shards[0], i);
        test.Output.CloseDue(always: true);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal(990_000, Assert.Single(reader.Read(1)).Value.Length);
    }

    [Fact]
    public async Task Errors_that_pass_lose_nothing_and_keep_the_order()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap);
        for (int round = 0; round < 5; round++)
        {
            broker.FailNext(BrokerFaults.Produce, ErrorCode.NotEnoughReplicas, ErrorCode.RequestTimedOut, ErrorCode.NotLeaderForPartition,
                ErrorCode.NoError, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.NetworkException);
            await test.WriteBatchesAsync(0, round * 20, 20);
        }
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        var numbers = reader.Read(100).SelectMany(m => NumberedRecords.Numbers(m.Value));
        Assert.Equal(Enumerable.Range(0, 100).Select(n => (long)n), numbers);
    }

    [Fact]
    public async Task A_batch_that_the_client_takes_for_delivered_because_a_later_one_is_arrives_nevertheless()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(
            broker.Bootstrap, NumberedRecords.Options(batchesPerShard: 5), configure: c => (c.BatchNumMessages, c.LingerMs) = (1, 0));
        await test.Log.NextAsync(Connected);
        broker.SetRoundTrip(TimeSpan.FromMilliseconds(200));   // so that five requests are in flight
        broker.FailNext(BrokerFaults.Produce, ErrorCode.NotLeaderForPartition);
        await test.WriteBatchesAsync(0, 0, 5);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal([0L, 1, 2, 3, 4], reader.ReadNumbers(5).Order());
        await test.Sink.DisposeAsync();
        Assert.Equal(5, await test.MetricAsync("test_kafka_records_total"));
        Assert.Equal(1, await test.MetricAsync("test_kafka_failures_total{reason=\"NotProven\",kind=\"passing\"}"));
    }

    [Fact]
    public async Task A_batch_that_timed_out_is_sent_again_and_arrives()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(
            broker.Bootstrap, options: new KafkaOptions { MessageTimeout = TimeSpan.FromMilliseconds(300) });
        await test.Log.NextAsync(Connected);
        broker.SetDown();
        await test.WriteBatchesAsync(0, 0, 4);
        await test.Log.NextAsync(Disconnected);
        await test.Log.NextAsync(Retried);
        Assert.NotNull(test.Sink.NotReady);
        broker.SetUp();
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal([0L, 1, 2, 3], reader.ReadNumbers(4));
        await test.Sink.DisposeAsync();
        Assert.True(await test.MetricAsync("test_kafka_failures_total{reason=\"Local_MsgTimedOut\",kind=\"passing\"}") >= 4);
        Assert.Equal(4, await test.MetricAsync("test_kafka_records_total"));
        Assert.Equal(1, test.Log.Count(Retried));
    }

    [Fact]
    public async Task A_broker_that_goes_away_and_comes_back_makes_the_writer_wait_and_loses_nothing()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap, NumberedRecords.Options(batchesPerShard: 4));
        await test.Log.NextAsync(Connected);
        Assert.True(test.Sink.IsConnected);
        Assert.Null(test.Sink.NotReady);

        broker.SetDown();
        Assert.Contains("trying again", await test.Log.NextAsync(Disconnected), StringComparison.Ordinal);
        Assert.False(test.Sink.IsConnected);
        Assert.Contains(broker.Bootstrap, test.Sink.NotReady!, StringComparison.Ordinal);
        await test.WriteBatchesAsync(0, 0, 4);
        Assert.False(NumberedRecords.TryWrite(test.Output.Shards[0], 4));
        var space = test.Output.Shards[0].SpaceAvailable;

        broker.SetUp();
        await space.WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        await test.WriteBatchesAsync(0, 4, 4);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6, 7], reader.Read(8).SelectMany(m => NumberedRecords.Numbers(m.Value)));
        await test.Log.NextAsync(Connected);
        Assert.Equal(2, test.Log.Count(Connected));
        // The client may report that all brokers are down before it reports the reason.
        Assert.InRange(test.Log.Count(Disconnected), 1, 2);
    }

    [Fact]
    public async Task An_idle_sink_notices_that_the_broker_is_back()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap);
        for (int i = 0; i < 2; i++)
        {
            await test.Log.NextAsync(Connected);
            Assert.Equal(1, await test.MetricAsync("test_kafka_connected"));
            broker.SetDown();
            // A second line of the turn before may come late: the client may report that all brokers are down before the reason.
            do
                await test.Log.NextAsync(Disconnected);
            while (test.Sink.IsConnected);
            Assert.Equal(0, await test.MetricAsync("test_kafka_connected"));
            broker.SetUp();
        }
        await test.Log.NextAsync(Connected);
    }

    [Fact]
    public async Task Without_any_broker_the_sink_is_not_ready_logs_it_once_tries_again_and_ends_in_time()
    {
        int port = UnusedPort();
        var options = new KafkaOptions { DrainTimeout = TimeSpan.FromMilliseconds(200) };
        await using var test = new SinkUnderTest($"localhost:{port}", options: options);
        Assert.NotNull(test.Sink.NotReady);   // before any contact
        Assert.Contains($"localhost:{port}", await test.Log.NextAsync(Disconnected), StringComparison.Ordinal);
        await test.WriteBatchesAsync(0, 0, 3);
        Assert.False(test.Sink.IsConnected);

        var clock = Stopwatch.StartNew();
        await test.Sink.DisposeAsync();
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(150), TimeSpan.FromMinutes(5));
        Assert.Contains("3 batches (3 records)", await test.Log.NextAsync(GivenUp), StringComparison.Ordinal);
        Assert.InRange(test.Log.Count(Disconnected), 1, 2);
        Assert.Equal(3, test.Balance.Dropped["shutdown"]);
        Assert.Equal(0, test.Balance.Unaccounted);
        Assert.Equal(0, await test.MetricAsync("test_kafka_in_flight_batches"));
        Assert.True(NumberedRecords.TryWrite(test.Output.Shards[0], 4));   // the memory is back
    }

    [Fact]
    public async Task A_full_client_queue_holds_batches_back_and_loses_none()
    {
        using var broker = Broker(partitions: 1);
        broker.SetRoundTrip(TimeSpan.FromMilliseconds(20));
        await using var test = new SinkUnderTest(
            broker.Bootstrap, NumberedRecords.Options(batchesPerShard: 32, shards: 2), configure: c => c.QueueBufferingMaxMessages = 2);
        await Task.WhenAll(test.WriteBatchesAsync(0, 0, 40), test.WriteBatchesAsync(1, 0, 40));
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        foreach (var shard in reader.Read(80).GroupBy(m => m.Shard))
            Assert.Equal(Enumerable.Range(0, 40).Select(n => (long)n), shard.SelectMany(m => NumberedRecords.Numbers(m.Value)));
        Assert.True(await test.MetricAsync("test_kafka_queue_full_total") > 0);
        Assert.Equal(0, await test.MetricAsync("test_kafka_messages_total{status=\"failure\"}"));
    }

    [Fact]
    public async Task A_batch_that_the_broker_finds_too_large_is_dropped_alone_and_the_line_says_what_to_do()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap);
        broker.FailNext(BrokerFaults.Produce, ErrorCode.MsgSizeTooLarge);
        await test.WriteBatchesAsync(0, 0, 1);
        Assert.Contains("--kafka-message-max-bytes", await test.Log.NextAsync(Dropped), StringComparison.Ordinal);
        await test.WriteBatchesAsync(0, 1, 3);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal([1L, 2, 3], reader.Read(3).SelectMany(m => NumberedRecords.Numbers(m.Value)));
        Assert.Equal(1, test.Balance.Dropped["MsgSizeTooLarge"]);
        Assert.Equal(1, await test.MetricAsync("test_kafka_failures_total{reason=\"MsgSizeTooLarge\",kind=\"permanent\"}"));
    }

    [Fact]
    public async Task A_refusal_that_somebody_can_mend_is_repeated_and_makes_the_sink_not_ready()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap);
        await test.Log.NextAsync(Connected);
        broker.FailNext(BrokerFaults.Produce, ErrorCode.TopicAuthorizationFailed);
        await test.WriteBatchesAsync(0, 0, 3);
        await test.Log.NextAsync(Retried);
        Assert.Contains("refused", test.Sink.NotReady!, StringComparison.Ordinal);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal([0L, 1, 2], reader.Read(3).SelectMany(m => NumberedRecords.Numbers(m.Value)).Order());
        await test.Sink.DisposeAsync();
        Assert.Equal(3, await test.MetricAsync("test_kafka_records_total"));
    }

    [Fact]
    public async Task After_a_fatal_error_a_new_client_sends_what_the_old_one_held()
    {
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap);
        await test.Log.NextAsync(Connected);
        await test.WriteBatchesAsync(0, 0, 2);
        FatalError.Provoke(test.Sink.Client.Handle);
        await test.WriteBatchesAsync(0, 2, 6);
        await test.Log.NextAsync(Replaced);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal(Enumerable.Range(0, 8).Select(n => (long)n), reader.ReadNumbers(8));
    }

    [Fact]
    public async Task The_drain_waits_for_what_is_under_way()
    {
        using var broker = Broker(partitions: 1);
        broker.SetRoundTrip(TimeSpan.FromMilliseconds(300));
        var test = new SinkUnderTest(broker.Bootstrap);
        await test.WriteBatchesAsync(0, 0, 4);
        await test.DisposeAsync();
        Assert.Equal(4, await test.MetricAsync("test_kafka_records_total"));
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal(4, reader.Read(4).Count);

        await test.WriteBatchesAsync(0, 4, 1);   // too late: counted, and the memory comes back
        Assert.Equal((1, 0), (test.Balance.Dropped["shutdown"], test.Balance.Unaccounted));
    }

    [Trait("Needs", "Time")]
    [Fact]
    public async Task A_broker_that_takes_batches_and_does_not_acknowledge_them_makes_the_sink_not_ready()
    {
        var time = new FakeTimeProvider();
        using var broker = Broker(partitions: 1);
        await using var test = new SinkUnderTest(broker.Bootstrap, time: time);
        await test.Log.NextAsync(Connected);
        broker.SetRoundTrip(TimeSpan.FromSeconds(10));
        await test.WriteBatchesAsync(0, 0, 1);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.Null(test.Sink.NotReady);
        time.Advance(TimeSpan.FromSeconds(2));
        var deadline = Stopwatch.StartNew();
        while (test.Sink.NotReady is null && deadline.Elapsed < TimeSpan.FromSeconds(9))
            await Task.Yield();
        Assert.Contains("a batch has waited 16 s", test.Sink.NotReady!, StringComparison.Ordinal);
        await test.Sink.DisposeAsync();
        Assert.Equal(1, await test.MetricAsync("test_kafka_records_total"));
    }

    [Fact]
    public async Task Names_and_IPv6_addresses_are_left_to_the_client_and_one_broker_that_answers_is_enough()
    {
        using var broker = Broker(partitions: 1);
        int port = int.Parse(broker.Bootstrap.Split(':')[1], null);
        await using var test = new SinkUnderTest($"no-such-host.invalid:9092,[::1]:{UnusedPort()},localhost:{port}");
        await test.WriteBatchesAsync(0, 0, 2);
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 1);
        Assert.Equal(2, reader.Read(2).Count);
    }

    private static EmbeddedBroker Broker(int partitions)
    {
        var broker = new EmbeddedBroker();
        broker.CreateTopic(SinkUnderTest.Topic, partitions);
        return broker;
    }

    private static int UnusedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
