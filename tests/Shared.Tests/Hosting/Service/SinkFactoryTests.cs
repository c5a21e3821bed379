using Shared.Delivery.Files;
using Shared.Delivery.Kafka;
using Shared.Hosting.Service;
using Shared.Records.Batch;
using Shared.Tests.Delivery.Kafka;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Hosting.Service;

public class SinkFactoryTests
{
    private readonly RecordingLog _log = new();

    [Fact]
    public async Task The_word_embedded_starts_a_broker_with_a_partition_a_shard_and_logs_its_address()
    {
        var batches = NumberedRecords.Options(shards: 6);
        await using var sink = Create(new KafkaOptions { Brokers = ["embedded"] }, batches);
        string line = await _log.NextAsync(207);
        string bootstrap = line.Split(' ').Single(word => word.StartsWith("127.0.0.1:", StringComparison.Ordinal)).TrimEnd(',');
        var output = new TopicWriter("first", batches, sink, TimeProvider.System);
        foreach (var shard in output.Shards)
            await NumberedRecords.WriteAsync(shard, shard.Shard);
        output.CloseDue(always: true);
        using var reader = new TopicReader(bootstrap, "first", 6);
        Assert.Equal(6, reader.Read(6).Count);
    }

    [Fact]
    public async Task Without_Kafka_records_are_dropped_or_written_to_the_directory()
    {
        await using var discard = Create(new KafkaOptions { Disable = true }, NumberedRecords.Options());
        Assert.IsType<DiscardSink>(discard);
        Assert.Null(discard.NotReady);
        string directory = Directory.CreateTempSubdirectory("sink-factory-").FullName;
        await using (var files = Create(new KafkaOptions { Disable = true, OutputDirectory = directory }, NumberedRecords.Options()))
            Assert.IsType<DirectorySink>(files);
        Directory.Delete(directory, recursive: true);
        Assert.Equal([208, 209], _log.Lines.Select(line => line.Id));
    }

    [Fact]
    public void Settings_that_the_client_refuses_are_one_line()
    {
        string notAKey = Path.GetTempFileName();
        var options = new KafkaOptions { AuthProtocol = "SSL", SslCaFile = notAKey };
        Assert.Empty(options.Problems());
        var error = Assert.Throws<StartupException>(() => { Create(options, NumberedRecords.Options()); });
        File.Delete(notAKey);
        Assert.Contains("ssl.ca.location", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private IBatchSink Create(KafkaOptions options, BatchOptions batches) =>
        SinkFactory.Create(options, ["first", "second"], batches, new SinkContext(
            new KafkaMetrics("test", Prometheus.Metrics.NewCustomRegistry()), new RecordAccounts(), _log, TimeProvider.System));
}
