using Shared.Hosting.Flags;

namespace SaimirisGateway.Tests.Options;

/// <summary>Tests section 2 of the contract.</summary>
public sealed class GatewayOptionsTests
{
    private static GivenFlags<GatewayOptions> Parse(params string[] args) =>
        GatewayOptions.CommandLine(_ => null).Parse(args, TextWriter.Null, out _)!;

    private static GatewayOptions Read(params string[] args) => Parse(args).Read();

    [Fact]
    public void The_container_of_the_first_version_starts_with_its_command_line()
    {
        var options = Read(
            "--address", "[2a06:de00:50:cafe:10::114]:8080", "--agent-key", "a-secret-agent-key",
            "--kafka-brokers", "redpanda.nxthdr.dev:9092", "--kafka-topic", "saimiris-probes",
            "--kafka-auth-protocol", "SASL_PLAINTEXT", "--kafka-sasl-username", "saimiris",
            "--kafka-sasl-password", "pass", "--kafka-sasl-mechanism", "SCRAM-SHA-512",
            "--auth0-jwks-uri", "https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/.well-known/jwks.json",
            "--auth0-issuer", "https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/",
            "--database-url", "postgresql://[2a06:de00:50:cafe:10::116]:5432/saimiris?user=u&password=p/w%&sslmode=disable",
            "--metrics-address", "[2a06:de00:50:cafe:10::114]:9090");
        Assert.Equal("[2a06:de00:50:cafe:10::114]:8080", $"{options.Http.Address}");
        Assert.Equal("[2a06:de00:50:cafe:10::114]:9090", $"{options.MetricsAddress}");
        Assert.Equal("[2a06:de00:50:cafe:10::116]:5432/saimiris", options.Database.Target);
        var kafka = options.Kafka;
        Assert.Equal(
            ("SASL_PLAINTEXT", "saimiris", "pass", "SCRAM-SHA-512"),
            (kafka.AuthProtocol, kafka.SaslUsername, kafka.SaslPassword, kafka.SaslMechanism));
        Assert.Equal("https://dev-zk3qmxl3o0m8lvk3.eu.auth0.com/", options.Users.Issuer);
        Assert.Null(options.Users.Audience);
        Assert.Equal("saimiris-probes", options.Outbox.Topic);
    }

    [Fact]
    public void Defaults_are_the_contracts()
    {
        var options = Read("--i-know");
        Assert.Equal(
            ("0.0.0.0:8080", "0.0.0.0:9090", "agent-key"), ($"{options.Http.Address}", $"{options.MetricsAddress}", options.AgentKey));
        Assert.Equal(
            ("localhost:9092", "saimiris-probes", "PLAINTEXT", "SCRAM-SHA-512"),
            (options.Kafka.Brokers.Single(), options.Outbox.Topic, options.Kafka.AuthProtocol, options.Kafka.SaslMechanism));
        Assert.Equal("localhost:5432/saimiris_gateway", options.Database.Target);
        Assert.Equal((null, null, false), (options.Users.JwksUri, options.Users.Issuer, options.Users.Bypass));
    }

    [Theory]
    [InlineData("--agent-key", new string[0])]
    [InlineData("--agent-key", new[] { "--address", "192.0.2.1:8080" })]
    [InlineData("--agent-key", new[] { "--address", "127.0.0.1:8080", "--http2-address", "[::]:8081" })]
    [InlineData("--bypass-jwt", new[] { "--bypass-jwt", "--agent-key", "some-agent-key" })]
    [InlineData("--bypass-jwt", new[] { "--bypass-jwt", "--agent-key", "some-agent-key", "--address", "[2001:db8::1]:8080" })]
    [InlineData("--bypass-jwt", new[]
    {
        "--bypass-jwt", "--agent-key", "some-agent-key", "--address", "127.0.0.1:8080", "--http2-address", "example.org:8081",
    })]
    public void Options_that_let_everybody_in_are_refused_on_addresses_that_others_reach(string flag, string[] args)
    {
        var refusal = Assert.Throws<UsageException>(() => Read(args));
        Assert.StartsWith(flag + ": ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--i-know", refusal.Message, StringComparison.Ordinal);
        _ = Read([.. args, "--i-know"]);
    }

    [Theory]
    [InlineData("127.0.0.1:8080")]
    [InlineData("127.1.2.3:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("localhost:8080")]
    public void On_a_loopback_address_it_is_not_refused(string address) =>
        Assert.True(Read("--bypass-jwt", "--address", address).Users.Bypass);

    [Fact]
    public void With_keys_of_their_own_for_agents_the_default_key_is_nobodys()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "ams-1 key-of-ams-1\n");
        Assert.Null(Read("--agent-keys-file", file).SharedKey);
        Assert.Equal("some-agent-key", Read("--agent-keys-file", file, "--agent-key", "some-agent-key").SharedKey);
        File.Delete(file);
    }

    [Theory]
    [InlineData("--database-url", "mysql://u:secret@host/db")]
    [InlineData("--database-url", "postgresql://u:secret@host:x/db")]
    [InlineData("--auth0-jwks-uri", "not a url")]
    [InlineData("--auth0-jwks-uri", "file:///etc/passwd")]
    [InlineData("--address", "8080")]
    [InlineData("--kafka-topic", "a topic")]
    [InlineData("--requests-per-user", "0")]
    public void A_value_that_cannot_be_is_refused_by_the_flags_name(string flag, string value)
    {
        var refusal = Assert.Throws<UsageException>(() => Read("--i-know", flag, value));
        Assert.Contains(flag, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_hidden_where_the_configuration_is_shown_and_come_from_files_too()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "postgresql://host/db?user=u&password=hush-hush\n");
        var given = Parse(
            "--i-know", "--agent-key", "hush-hush-key", "--kafka-sasl-password", "hush-hush",
            "--database-url", "postgresql://u:hush-hush@host/db");
        given.Read();
        using var shown = new StringWriter();
        given.Print(shown);
        Assert.DoesNotContain("hush", shown.ToString(), StringComparison.Ordinal);
        Assert.Equal("host:5432/db", Read("--i-know", "--database-url-file", file).Database.Target);
        File.Delete(file);
    }
}
