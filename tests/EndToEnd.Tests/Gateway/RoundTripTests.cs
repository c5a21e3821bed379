using System.Diagnostics;
using System.Text.Json;
using BrokerProcess;
using EndToEnd.Tests.Faults;
using SaimirisGateway.Tests.Probes.Submit;
using Shared.Tests.Delivery.Kafka;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Gateway;

/// <summary>Tests the way from a user's submission over Kafka to an agent, and from the agent's replies back to the user.</summary>
[Collection(nameof(RealKafka))]
public sealed class RoundTripTests(KafkaNode kafka) : IDisposable
{
    private const string Agent = "ams-1";
    private const int Probes = 1000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-round-trip-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_users_probes_reach_the_agent_and_its_replies_reach_the_user()
    {
        using var broker = new ExternalBroker("saimiris-probes:4", "saimiris-replies:8");
        await RunAsync(broker.Bootstrap, "saimiris-probes", "saimiris-replies", replyPartitions: 8, "--kafka-brokers", broker.Bootstrap);
    }

    [Theory]
    [InlineData("SASL_PLAINTEXT", "KAFKA_SASL_PLAINTEXT", "SCRAM-SHA-512")]
    [InlineData("SASL_SSL", "KAFKA_SASL_SSL", "SCRAM-SHA-512")]
    public async Task The_same_over_a_real_Kafka(string protocol, string listener, string mechanism)
    {
        string probes = $"probes-{protocol}", replies = $"replies-{protocol}", plain = kafka["KAFKA_BOOTSTRAP"];
        string[] tls = protocol == "SASL_SSL" ? ["--kafka-ssl-ca", kafka["KAFKA_CA"]] : [];
        await kafka.CreateTopicAsync(probes, 4);
        await kafka.CreateTopicAsync(replies, 4);
        string password = Path.Combine(_folder.FullName, "password");
        await File.WriteAllTextAsync(password, kafka["KAFKA_PASSWORD"], Cancel);
        await RunAsync(
            plain, probes, replies, replyPartitions: 4,
            ["--kafka-brokers", kafka[listener], "--kafka-auth-protocol", protocol, "--kafka-sasl-mechanism", mechanism,
                "--kafka-sasl-username", kafka["KAFKA_USER"],
                "--kafka-sasl-password-file", password, "--kafka-topic", probes, "--kafka-replies-topic", replies, .. tls]);
    }

    private async Task RunAsync(string bootstrap, string probes, string replies, int replyPartitions, params string[] kafkaFlags)
    {
        Programs.Need("capnp");
        await using var gateway = await GatewayProcess.StartAsync(null,
        [
            "--bypass-jwt", "--database-url", $"sqlite:{_folder.FullName}/gateway.db", "--outbox-dir",
                Path.Combine(_folder.FullName, "outbox"),
            "--kafka-batch-wait-time", "20", .. kafkaFlags,
        ]);
        var address = new Uri($"http://{gateway.Http}");
        await using var agent = new StandInAgent(address, Agent, bootstrap);
        await agent.StartAsync(probes);
        using var user = new GatewayUser(address);
        var own = Assert.Single((await user.GetAsync("/api/user/prefixes")).GetProperty("agents").EnumerateArray());
        Assert.Equal("2a0e:97c0:8a4:c95b:3f80::/80", own.GetProperty("prefixes")[0].GetProperty("user_prefix").GetString());

        // The first submission is slow, because everything runs for the first time.
        await SubmitAsync(user, agent, 10);
        long posted = Stopwatch.GetTimestamp();
        string id = await SubmitAsync(user, agent, Probes);
        var taken = agent.Taken.Last();
        Assert.Equal((id, Probes), (taken.Measurement, taken.Probes));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Probes} probes: at the agent after {Stopwatch.GetElapsedTime(posted, taken.At).TotalMilliseconds:F0} ms, replies taken "
                + $"after {Stopwatch.GetElapsedTime(posted, agent.Uploaded.Last()).TotalMilliseconds:F0} ms");

        var status = await user.GetAsync($"/api/measurement/{id}/status");
        Assert.Equal((Probes, Probes), (status.GetProperty("total_expected_probes").GetInt32(),
            status.GetProperty("total_sent_probes").GetInt32()));
        Assert.Equal(Probes, (await user.GetLinesAsync($"/api/measurement/{id}/replies")).Length);
        int records = 0;
        foreach (var message in ProbeTopic.Read(bootstrap, replies, replyPartitions))
            records += (await CapnpTool.ReadAsync(message.Value, RepositoryFolder.Schema("reply"), "Reply", Cancel)).Count;
        Assert.Equal(10 + Probes, records);
    }

    // Returns when the measurement is complete.
    private static async Task<string> SubmitAsync(GatewayUser user, StandInAgent agent, int probes)
    {
        var (status, text) = await user.PostAsync(new StringContent(GatewayUser.Json(Agent, probes)));
        Assert.True(status == 200, text);
        string id = JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
        await Eventually.TrueAsync(
            async () => (await user.GetAsync($"/api/measurement/{id}/status")).GetProperty("measurement_complete").GetBoolean(),
                TimeSpan.FromSeconds(20),
            () => $"{id} is not complete; the agent took {string.Join(", ", agent.Taken)}", Cancel);
        return id;
    }
}
