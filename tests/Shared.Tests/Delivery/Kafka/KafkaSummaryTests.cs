using Shared.Delivery.Files;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

public class KafkaSummaryTests
{
    private static readonly BatchOptions Batches = new() { MaxRecordBytes = 1 };

    [Fact]
    public void The_destination_of_records_is_one_line_without_the_password()
    {
        var secure = new KafkaOptions
        {
            Brokers = ["a:1", "[::1]:2"],
            AuthProtocol = "SASL_SSL",
            SaslUsername = "me",
            SaslPassword = "secret",
        };
        Assert.Equal("records: to Kafka at a:1, [::1]:2 (SASL_SSL, SCRAM-SHA-512 as me; compression lz4)", First(secure));
        Assert.Equal("records: to Kafka at localhost:9092 (PLAINTEXT; compression lz4)", First(new KafkaOptions()));
        Assert.StartsWith(
            "records: to a broker in the process", First(new KafkaOptions { Brokers = ["embedded"] }), StringComparison.Ordinal);
        Assert.Equal("records: counted and dropped", First(new KafkaOptions { Disable = true }));
        var files = new KafkaOptions
        {
            Disable = true,
            OutputDirectory = "/a/b/../c",
            OutputFiles = new FileRotation { MaxBytes = 7, MaxAge = TimeSpan.FromSeconds(9) },
        };
        Assert.Equal("records: to files in /a/c, each finished at 7 bytes or 9 s", First(files));
    }

    [Fact]
    public void The_memory_of_the_batches_is_summed_up() =>
        Assert.Equal(
            "memory of batches: at most 95040000 bytes, 6 x 990000 for each of 8 shards of 2 topics",
            KafkaSummary.Lines(new KafkaOptions(), Batches, topics: 2).Last());

    [Fact]
    public void The_spool_is_one_line_where_there_is_Kafka()
    {
        Assert.Equal(
            "spool: in /a/c, at most 5 bytes",
            KafkaSummary.Lines(
                new KafkaOptions { Spool = new SpoolOptions { Directory = "/a/b/../c", MaxBytes = 5 } }, Batches, 1).ElementAt(1));
        Assert.StartsWith("spool: none", KafkaSummary.Lines(new KafkaOptions(), Batches, 1).ElementAt(1), StringComparison.Ordinal);
        Assert.Equal(2, KafkaSummary.Lines(new KafkaOptions { Disable = true }, Batches, 1).Count());
    }

    private static string First(KafkaOptions options) => KafkaSummary.Lines(options, Batches, topics: 1).First();
}
