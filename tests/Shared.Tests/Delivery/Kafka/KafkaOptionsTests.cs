using Shared.Delivery.Kafka;

namespace Shared.Tests.Delivery.Kafka;

public class KafkaOptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_contract_and_have_no_problem()
    {
        var options = new KafkaOptions();
        Assert.Empty(options.Problems());
        Assert.Equal(["localhost:9092"], options.Brokers);
        Assert.Equal(
            ("PLAINTEXT", "SCRAM-SHA-512", 500_000d),
            (options.AuthProtocol, options.SaslMechanism, options.MessageTimeout.TotalMilliseconds));
    }

    [Theory]
    [InlineData("kafka.example.net:9092")]
    [InlineData("192.0.2.1:9092")]
    [InlineData("[2001:db8::1]:9092")]
    [InlineData("embedded")]
    public void A_broker_is_a_name_or_an_address_with_a_port(string broker) =>
        Assert.Empty(new KafkaOptions { Brokers = [broker] }.Problems());

    [Theory]
    [InlineData("")]
    [InlineData("kafka")]
    [InlineData(":9092")]
    [InlineData("kafka:")]
    [InlineData("kafka:0")]
    [InlineData("kafka:70000")]
    [InlineData("2001:db8::1:9092")]
    [InlineData("[kafka]:9092")]
    [InlineData("[2001:db8::1]")]
    [InlineData("[")]
    [InlineData("[]:1")]
    [InlineData("[:9092")]
    public void A_text_that_is_no_broker_is_named_with_its_flag(string broker) =>
        Assert.StartsWith("--kafka-brokers", Assert.Single(new KafkaOptions { Brokers = [broker] }.Problems()), StringComparison.Ordinal);

    [Fact]
    public void The_embedded_broker_is_given_without_other_brokers() =>
        Assert.Single(new KafkaOptions { Brokers = ["embedded", "kafka:9092"] }.Problems());

    [Fact]
    public void Each_problem_names_its_flag()
    {
        var options = new KafkaOptions
        {
            Brokers = [],
            AuthProtocol = "sasl_plaintext",
            SaslMechanism = "GSSAPI",
            Compression = "brotli",
            MessageTimeout = TimeSpan.FromMilliseconds(-1),
            OutputDirectory = "/tmp",
            SslCaFile = "/no/such/file",
        };
        Assert.Equal(
            [
                "--output-dir", "--kafka-brokers", "--kafka-auth-protocol", "--kafka-auth-sasl-mechanism", "--kafka-compression",
                "--kafka-message-timeout-ms", "--kafka-ssl-ca",
            ],
            options.Problems().Select(problem => problem.Split(' ', ':')[0]));
    }

    [Theory]
    [InlineData("risotto-updates", true)]
    [InlineData("a.b_C-9", true)]
    [InlineData("", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("größe", false)]
    public void Topic_names_follow_Kafkas_rule(string topic, bool valid) => Assert.Equal(valid, KafkaOptions.IsTopicName(topic));
}
