using Microsoft.Extensions.Logging;
using Shared.Hosting.Flags;

namespace Pesto.Tests.Options;

public sealed class PestoOptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_contract()
    {
        var options = Read([]);
        Assert.Equal("0.0.0.0:6343", options.Listen.Address.ToString());
        Assert.Equal("0.0.0.0:8080", options.MetricsAddress.ToString());
        Assert.Equal(["localhost:9092"], options.Kafka.Brokers);
        Assert.False(options.Kafka.Disable);
        Assert.Equal("pesto-sflow", options.FlowsTopic);
        Assert.Equal("PLAINTEXT", options.Kafka.AuthProtocol);
        Assert.Equal("pesto", options.Kafka.SaslUsername);
        Assert.Equal("pesto", options.Kafka.SaslPassword);
        Assert.Equal("SCRAM-SHA-512", options.Kafka.SaslMechanism);
        Assert.Equal(990_000, options.Batches.MaxBytes);
        Assert.Equal(500_000, options.Kafka.MessageTimeout.TotalMilliseconds);
        Assert.Equal(1000, options.Batches.BatchWaitTime.TotalMilliseconds);
        Assert.Equal(100, options.BatchWaitInterval.TotalMilliseconds);
        Assert.Equal(LogLevel.Information, options.Logging.Level);
    }

    [Fact]
    public void The_flags_defaults_are_the_records_own()
    {
        var options = Read([]);
        var plain = new PestoOptions();
        var listen = options.Listen with { Allow = plain.Listen.Allow };
        Assert.Equal(plain, options with { Kafka = plain.Kafka, Listen = listen, Batches = plain.Batches });
        Assert.Equal(plain.Kafka, options.Kafka with { Brokers = plain.Kafka.Brokers });
    }

    [Fact]
    public void IPv4_and_counters_are_off_until_asked_for()
    {
        var plain = Read([]);
        Assert.False(plain.Pipeline.IncludeIpv4);
        Assert.Null(plain.CountersTopic);
        var other = Read(["--include-ipv4", "--counters-enable"]);
        Assert.True(other.Pipeline.IncludeIpv4);
        Assert.Equal("pesto-counters", other.CountersTopic);
    }

    [Fact]
    public void Prefixes_come_one_by_one_or_with_commas_between() =>
        Assert.Equal(
            ["2001:db8::/32", "192.0.2.1/32", "198.51.100.0/24"],
            Read(["--allow", "2001:db8::/32,192.0.2.1", "--allow", "198.51.100.0/24"]).Listen.Allow.Select(prefix => prefix.ToString()));

    [Theory]
    [InlineData("--sflow-address 6343", "--sflow-address: '6343'")]
    [InlineData("--sflow-sockets 0", "--sflow-sockets: '0'")]
    [InlineData("--sflow-receive-buffer-bytes -1", "--sflow-receive-buffer-bytes: '-1'")]
    [InlineData("--allow 192.0.2.0/33", "--allow: '192.0.2.0/33'")]
    [InlineData("--counters-enable --kafka-counters-topic pesto-sflow", "--kafka-counters-topic: pesto-sflow is --kafka-topic too")]
    [InlineData("--metrics-max-exporters x", "--metrics-max-exporters: 'x'")]
    public void An_impossible_value_names_its_flag(string args, string start)
    {
        var e = Assert.Throws<UsageException>(() => Read(args.Split(' ')));
        Assert.StartsWith(start, e.Message, StringComparison.Ordinal);
    }

    private static PestoOptions Read(string[] args) => PestoOptions.CommandLine(_ => null).Parse(args, TextWriter.Null, out _)!.Read();
}
