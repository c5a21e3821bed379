using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Shared.Hosting.Flags;

namespace Risotto.Tests.Options;

public sealed class RisottoOptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_contract()
    {
        var options = Read([]);
        Assert.Equal("0.0.0.0:4000", options.Listen.Address.ToString());
        Assert.Equal("0.0.0.0:8080", options.MetricsAddress.ToString());
        Assert.Equal(["localhost:9092"], options.Kafka.Brokers);
        Assert.False(options.Kafka.Disable);
        Assert.Equal("risotto-updates", options.UpdatesTopic);
        Assert.Equal("PLAINTEXT", options.Kafka.AuthProtocol);
        Assert.Equal("risotto", options.Kafka.SaslUsername);
        Assert.Equal("risotto", options.Kafka.SaslPassword);
        Assert.Equal("SCRAM-SHA-512", options.Kafka.SaslMechanism);
        Assert.Equal(990_000, options.Batches.MaxBytes);
        Assert.Equal(500_000, options.Kafka.MessageTimeout.TotalMilliseconds);
        Assert.Equal(1000, options.Batches.BatchWaitTime.TotalMilliseconds);
        Assert.Equal(100, options.BatchWaitInterval.TotalMilliseconds);
        Assert.Equal(LogLevel.Information, options.Logging.Level);
        Assert.Equal(new CurationOptions { StatePath = "/state/state.bin" }, options.Curation);
    }

    [Fact]
    public void The_flags_defaults_are_the_records_own()
    {
        var options = Read([]);
        var plain = new RisottoOptions();
        var listen = options.Listen with { Allow = plain.Listen.Allow, ProxyFrom = plain.Listen.ProxyFrom };
        Assert.Equal(plain, options with { Kafka = plain.Kafka, Listen = listen, Curation = options.Curation! with { StatePath = null } });
        Assert.Equal(plain.Kafka, options.Kafka with { Brokers = plain.Kafka.Brokers });
    }

    [Fact]
    public void The_additional_topics_are_off_and_the_dead_letters_are_on()
    {
        var plain = Read([]);
        Assert.Null(plain.PeersTopic);
        Assert.Null(plain.StatsTopic);
        Assert.Equal("risotto-malformed", plain.MalformedTopic);
        var other = Read(["--peers-enable", "--stats-enable", "--malformed-disable", "--kafka-peers-topic", "p"]);
        Assert.Equal("p", other.PeersTopic);
        Assert.Equal("risotto-stats", other.StatsTopic);
        Assert.Null(other.MalformedTopic);
    }

    [Theory]
    [InlineData("--bmp-address 4000", "--bmp-address: '4000'")]
    [InlineData("--bmp-address ::4000", "--bmp-address: '::4000'")]
    [InlineData("--metrics-address host:99999", "--metrics-address: 'host:99999'")]
    [InlineData("--bmp-max-sessions 0", "--bmp-max-sessions: '0'")]
    [InlineData("--bmp-max-sessions ten", "--bmp-max-sessions: 'ten'")]
    [InlineData("--bmp-max-sessions 5 --bmp-max-sessions-per-source 6", "--bmp-max-sessions-per-source: 6")]
    [InlineData("--bmp-max-message-bytes 100", "--bmp-max-message-bytes: '100'")]
    [InlineData("--kafka-mpsc-buffer-size 0", "--kafka-mpsc-buffer-size: '0'")]
    [InlineData("--kafka-auth-protocol sasl_plaintext", "--kafka-auth-protocol: 'sasl_plaintext'")]
    [InlineData("--kafka-auth-sasl-mechanism GSSAPI", "--kafka-auth-sasl-mechanism: 'GSSAPI'")]
    [InlineData("--kafka-brokers localhost", "--kafka-brokers: 'localhost'")]
    [InlineData("--kafka-topic a/b", "--kafka-topic: 'a/b'")]
    [InlineData("--kafka-topic risotto-malformed", "--kafka-topic and the other")]
    [InlineData("--allow 300.0.0.0/8", "--allow: '300.0.0.0/8'")]
    [InlineData("--output-dir /tmp/x", "--output-dir")]
    [InlineData("--output-file-bytes 0", "--output-file-bytes: '0'")]
    [InlineData("--output-file-seconds 0", "--output-file-seconds: '0'")]
    [InlineData("--memory-limit-bytes 31679999", "--memory-limit-bytes: 31679999 is too little for --kafka-shards 8: "
        + "2 batches of 990000 bytes for each of 8 shards of 2 topics take 31680000;")]
    [InlineData("--kafka-shards 1024", "--memory-limit-bytes: 536870912 is too little for --kafka-shards 1024")]
    [InlineData("--collector-id=", "--collector-id")]
    [InlineData("--log-format xml", "--log-format: 'xml'")]
    [InlineData("-v -q", "-v and -q")]
    public void An_impossible_value_or_combination_is_one_line_that_names_the_flag(string args, string begins)
    {
        var e = Assert.Throws<UsageException>(() => Read(args.Split(' ')));
        Assert.Contains(begins, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Brokers_and_prefixes_come_as_lists_and_repeated()
    {
        var options = Read(["--kafka-brokers", "a:1,[::1]:2", "--kafka-brokers=c:3", "--allow", "10.0.0.0/8", "--allow", "2001:db8::1"]);
        Assert.Equal(["a:1", "[::1]:2", "c:3"], options.Kafka.Brokers);
        Assert.Equal(["10.0.0.0/8", "2001:db8::1/128"], options.Listen.Allow.Select(prefix => prefix.ToString()));
    }

    [Theory]
    [InlineData("", LogLevel.Information)]
    [InlineData("-v", LogLevel.Debug)]
    [InlineData("--verbose --verbose", LogLevel.Trace)]
    [InlineData("-vvvv", LogLevel.Trace)]
    [InlineData("-q", LogLevel.Warning)]
    [InlineData("-qq", LogLevel.Error)]
    [InlineData("-qqq", LogLevel.None)]
    [InlineData("-qqqqq", LogLevel.None)]
    public void Verbosity_is_counted(string args, LogLevel level) =>
        Assert.Equal(level, Read(args.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Logging.Level);

    [Fact]
    public void The_command_line_wins_over_the_environment_also_between_verbose_and_quiet()
    {
        var options = Read(
            ["--kafka-topic", "argv", "-q"], ("RISOTTO_KAFKA_TOPIC", "env"), ("RISOTTO_VERBOSE", "2"), ("RISOTTO_BMP_MAX_SESSIONS", "7"));
        Assert.Equal("argv", options.UpdatesTopic);
        Assert.Equal(7, options.Listen.MaxSessions);
        Assert.Equal(7, options.Listen.MaxSessionsPerSource);
        Assert.Equal(LogLevel.Warning, options.Logging.Level);
    }

    [Fact]
    public void The_buffer_size_in_records_becomes_batches_per_shard()
    {
        Assert.Equal(6, Read([]).Batches.BatchesPerShard);
        Assert.Equal(2, Read(["--kafka-mpsc-buffer-size", "1"]).Batches.BatchesPerShard);
        Assert.Equal(64, Read(["--kafka-mpsc-buffer-size", "100000000", "--memory-limit-bytes", "10000000000"]).Batches.BatchesPerShard);
    }

    [Fact]
    public void The_memory_limit_is_shared_by_the_topics_that_are_on()
    {
        string[] large = ["--kafka-mpsc-buffer-size", "100000000"];
        Assert.Equal(33, Read(large).Batches.BatchesPerShard);
        Assert.Equal(64, Read([.. large, "--malformed-disable"]).Batches.BatchesPerShard);
        Assert.Equal(16, Read([.. large, "--peers-enable", "--stats-enable"]).Batches.BatchesPerShard);
        Assert.Equal(2, Read([.. large, "--memory-limit-bytes", "31680000"]).Batches.BatchesPerShard);
    }

    [Fact]
    public void Curation_is_on_with_its_flags_and_off_without()
    {
        Assert.Null(Read(["--curation-disable", "--curation-state-path", "/x"]).Curation);
        var curation = Read([
            "--curation-state-path", "/x", "--curation-state-interval", "3", "--curation-mode", "presence", "--curation-hold", "never",
            "--curation-sweep-after", "50", "--curation-refresh", "3600", "--curation-max-routes", "7"]).Curation;
        Assert.Equal(new CurationOptions
        {
            StatePath = "/x",
            StateInterval = TimeSpan.FromSeconds(3),
            PresenceOnly = true,
            Hold = null,
            SweepAfter = TimeSpan.FromSeconds(50),
            SweepJitter = TimeSpan.FromSeconds(10),
            Refresh = TimeSpan.FromHours(1),
            MaxRoutes = 7,
        }, curation);
    }

    private static RisottoOptions Read(string[] args, params (string Name, string Value)[] environment)
    {
        var variables = environment.Append(("STATE_DIRECTORY", "/state")).ToDictionary();
        return RisottoOptions.CommandLine(variables.GetValueOrDefault).Parse(args, TextWriter.Null, out _)!.Read();
    }
}
