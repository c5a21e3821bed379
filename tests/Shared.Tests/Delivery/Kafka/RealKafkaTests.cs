using Shared.Delivery.Kafka;
using Shared.Records.Batch;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Tests what the embedded broker cannot show: authentication, TLS, limits of a broker, a crash.</summary>
[Trait("Needs", "Daemon")]
public class RealKafkaTests(KafkaNode kafka) : IClassFixture<KafkaNode>
{
    private const int Connected = 200, Disconnected = 201, Dropped = 203;
    private const int Partitions = 4;

    [Theory]
    [InlineData("PLAINTEXT", "KAFKA_BOOTSTRAP", "")]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_PLAINTEXT", "SCRAM-SHA-512")]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_PLAINTEXT", "SCRAM-SHA-256")]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_PLAINTEXT", "PLAIN")]
    [InlineData("SASL_SSL", "KAFKA_SASL_SSL", "SCRAM-SHA-512")]
    [InlineData("SASL_SSL", "KAFKA_SASL_SSL", "SCRAM-SHA-256")]
    [InlineData("SASL_SSL", "KAFKA_SASL_SSL", "PLAIN")]
    [InlineData("SSL", "KAFKA_SSL", "")]
    public async Task Batches_arrive_over_every_protocol(string protocol, string listener, string mechanism)
    {
        var options = new KafkaOptions
        {
            AuthProtocol = protocol,
            SaslUsername = kafka["KAFKA_USER"],
            SaslPassword = kafka["KAFKA_PASSWORD"],
        };
        if (mechanism.Length > 0)
            options = options with { SaslMechanism = mechanism };
        if (protocol.EndsWith("SSL", StringComparison.Ordinal))
            options = options with { SslCaFile = kafka["KAFKA_CA"] };
        if (protocol == "SSL")
            options = options with { SslCertificateFile = kafka["KAFKA_CLIENT_CERT"], SslKeyFile = kafka["KAFKA_CLIENT_KEY"] };
        Assert.Empty((options with { Brokers = [kafka[listener]] }).Problems());
        await using var test = new SinkUnderTest(kafka[listener], options: options, batches: NumberedRecords.Options(maxBytes: 990_000));
        string topic = $"over-{protocol}-{mechanism}";
        var output = new TopicWriter(
            topic, NumberedRecords.Options(maxBytes: 990_000, shards: 3), test.Sink, TimeProvider.System, test.Accounts);
        for (int i = 0; i < 30_000; i++)
            await NumberedRecords.WriteAsync(output.Shards[i % 3], i);
        output.CloseDue(always: true);

        await test.Sink.DisposeAsync();
        Assert.Equal(30_000, await test.MetricAsync("test_kafka_records_total"));
        using var reader = new TopicReader(kafka["KAFKA_BOOTSTRAP"], topic, Partitions);
        // In a new topic the client may take a lost batch for delivered. The sink sends it again, after its successor.
        Assert.Equal(Enumerable.Range(0, 30_000).Select(i => (long)i), reader.ReadNumbers(30_000).Order());
    }

    [Theory]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_PLAINTEXT", "SCRAM-SHA-512")]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_PLAINTEXT", "PLAIN")]
    [InlineData("SASL_SSL", "KAFKA_SASL_SSL", "SCRAM-SHA-512")]
    public async Task A_wrong_password_is_one_line_and_the_sink_is_not_ready(string protocol, string listener, string mechanism)
    {
        var options = new KafkaOptions
        {
            AuthProtocol = protocol,
            SaslMechanism = mechanism,
            SaslUsername = kafka["KAFKA_USER"],
            SaslPassword = "wrong",
            SslCaFile = protocol == "SASL_SSL" ? kafka["KAFKA_CA"] : null,
            DrainTimeout = TimeSpan.FromSeconds(2),
        };
        await using var test = new SinkUnderTest(kafka[listener], options: options);
        await AssertRefusedAsync(test, "uthentication");
        Assert.DoesNotContain(test.Log.Lines, line => line.Text.Contains("wrong", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SSL", "KAFKA_SSL")]
    [InlineData("SASL_SSL", "KAFKA_SASL_SSL")]
    public async Task An_unknown_authority_is_one_line_and_the_sink_is_not_ready(string protocol, string listener)
    {
        var options = new KafkaOptions
        {
            AuthProtocol = protocol,
            SaslUsername = "u",
            SaslPassword = "p",
            DrainTimeout = TimeSpan.FromSeconds(2),
        };
        await using var test = new SinkUnderTest(kafka[listener], options: options);
        await AssertRefusedAsync(test, "certificate");
    }

    [Fact]
    public async Task A_client_that_shows_no_certificate_where_one_is_asked_for_is_not_ready()
    {
        var options = new KafkaOptions { AuthProtocol = "SSL", SslCaFile = kafka["KAFKA_CA"], DrainTimeout = TimeSpan.FromSeconds(2) };
        await using var test = new SinkUnderTest(kafka["KAFKA_SSL"], options: options);
        await AssertRefusedAsync(test, "certificate");
    }

    [Fact]
    public async Task An_IPv6_address_is_a_broker_and_one_that_answers_among_dead_ones_is_enough()
    {
        const string Dead = "127.0.0.1:1,[::1]:1,no-such-host.invalid:9092";
        foreach (string brokers in new[] { kafka["KAFKA_IPV6"], $"{Dead},{kafka["KAFKA_IPV6"]}", $"{Dead},{kafka["KAFKA_BOOTSTRAP"]}" })
        {
            await using var test = new SinkUnderTest(brokers);
            string topic = $"ipv6-{brokers.Length}";
            var output = new TopicWriter(topic, NumberedRecords.Options(), test.Sink, TimeProvider.System);
            await NumberedRecords.WriteAsync(output.Shards[0], 7);
            output.CloseDue(always: true);
            using var reader = new TopicReader(kafka["KAFKA_IPV6"], topic, Partitions);
            Assert.Equal([7L], reader.ReadNumbers(1));
            Assert.Null(test.Sink.NotReady);
        }
    }

    [Fact]
    public async Task A_batch_above_the_topics_limit_is_dropped_and_later_ones_arrive()
    {
        string bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CommandAsync(
            "tool", "topics", "--create", "--topic", "small", "--partitions", "4", "--config", "max.message.bytes=50000");
        await using var test = new SinkUnderTest(
            bootstrap, NumberedRecords.Options(maxBytes: 100_000), new KafkaOptions { Compression = "none" });
        var output = new TopicWriter("small", NumberedRecords.Options(maxBytes: 100_000), test.Sink, TimeProvider.System);
        await NumberedRecords.WriteAsync(output.Shards[0], 0, 60_000);
        output.CloseDue(always: true);
        Assert.Contains("max.message.bytes", await test.Log.NextAsync(Dropped), StringComparison.Ordinal);
        await NumberedRecords.WriteAsync(output.Shards[0], 1);
        output.CloseDue(always: true);
        using var reader = new TopicReader(bootstrap, "small", Partitions);
        Assert.Equal([1L], reader.Read(1).SelectMany(m => NumberedRecords.Numbers(m.Value)));
    }

    [Fact]
    public async Task A_broker_that_crashes_and_is_paused_costs_no_record_and_no_order()
    {
        string bootstrap = kafka["KAFKA_BOOTSTRAP"];
        await kafka.CommandAsync("tool", "topics", "--create", "--topic", SinkUnderTest.Topic, "--partitions", "4");
        await using var test = new SinkUnderTest(bootstrap, NumberedRecords.Options(batchesPerShard: 6));
        await test.WriteBatchesAsync(0, 0, 50);
        await test.Log.NextAsync(Connected);
        var writing = Task.Run(() => test.WriteBatchesAsync(0, 50, 150), TestContext.Current.CancellationToken);
        await kafka.CommandAsync("kill");
        await test.Log.NextAsync(Disconnected);
        await kafka.CommandAsync("start");
        await writing;
        await kafka.CommandAsync("pause");
        writing = test.WriteBatchesAsync(0, 200, 50);
        await kafka.CommandAsync("resume");
        await writing;

        using var reader = new TopicReader(bootstrap, SinkUnderTest.Topic, Partitions);
        Assert.Equal(Enumerable.Range(0, 250).Select(i => (long)i), reader.ReadNumbers(250));
    }

    /// <summary>
    /// Asserts that the sink is refused. The client tries again while the drain lasts, and logs each kind of reason once.
    /// </summary>
    private static async Task AssertRefusedAsync(SinkUnderTest test, string reason)
    {
        await test.WriteBatchesAsync(0, 0, 1);
        Assert.Contains(reason, await test.Log.NextAsync(Disconnected), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(reason, test.Sink.NotReady!, StringComparison.OrdinalIgnoreCase);
        await test.Sink.DisposeAsync();
        // The refused handshake and the connection that ends with it are two kinds, and on a busy machine either may be seen first.
        Assert.InRange(test.Log.Lines.Count(line => line.Text.Contains(reason, StringComparison.OrdinalIgnoreCase)), 1, 2);
        Assert.DoesNotContain(test.Log.Lines, line => line.Text.Contains('\n', StringComparison.Ordinal));
    }
}
