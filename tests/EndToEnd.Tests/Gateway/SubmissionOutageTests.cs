using System.Text.Json;
using EndToEnd.Tests.Faults;
using SaimirisGateway.Tests.Probes.Outbox;
using SaimirisGateway.Tests.Probes.Submit;
using Shared.Tests.Delivery.Kafka;

namespace EndToEnd.Tests.Gateway;

/// <summary>Tests measurements while a real Kafka crashes and comes back.</summary>
[Collection(nameof(RealKafka))]
public sealed class SubmissionOutageTests(KafkaNode kafka) : IDisposable
{
    private const string Agent = "ams-1", Topic = "probes-of-an-outage";
    private const int Probes = 5000, Measurements = 12;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-outage-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(_folder.FullName, "outbox");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_crash_of_a_real_broker_leaves_no_measurement_half_sent()
    {
        string bootstrap = kafka["KAFKA_BOOTSTRAP"], url = $"sqlite:{_folder.FullName}/gateway.db";
        await kafka.CreateTopicAsync(Topic, 4);
        await using var gateway = await GatewayProcess.StartAsync(
            null, "--bypass-jwt", "--database-url", url, "--outbox-dir", Outbox, "--kafka-brokers", bootstrap, "--kafka-topic", Topic,
                "--kafka-message-max-bytes", "2048");
        await SubmissionKillTests.RegisterAsync(gateway);
        await GatewayUser.SetLimitAsync(url, 10_000_000);
        using var user = new GatewayUser(new Uri($"http://{gateway.Http}"));
        Assert.Equal(200, (await user.PostAsync(new StringContent(GatewayUser.Json(Agent, 1)))).Status);

        var posting = Enumerable.Range(0, Measurements).Select(_ => user.PostAsync(new StringContent(GatewayUser.Json(Agent, Probes))))
            .ToList();
        await Eventually.TrueAsync(() => Task.FromResult(Directory.EnumerateFiles(Outbox, "*.probes").Any()), TimeSpan.FromMinutes(5),
            () => "nothing is being sent", Cancel);
        await kafka.CommandAsync("kill");
        var answers = await Task.WhenAll(posting);
        await kafka.CommandAsync("start");
        await Eventually.TrueAsync(() => Task.FromResult(!Directory.EnumerateFiles(Outbox, "*.probes").Any()), TimeSpan.FromMinutes(5),
            () => "the outbox does not become empty", Cancel);

        var accepted = answers.Where(answer => answer.Status is 200 or 202)
            .Select(answer => JsonDocument.Parse(answer.Text).RootElement.GetProperty("id").GetGuid()).ToList();
        var messages = ProbeTopic.Read(bootstrap, Topic).Where(message => message.Value.Length > 48).ToList();
        var kinds = answers.CountBy(answer => answer.Status is 200 or 202 ? $"{answer.Status}" : $"{answer.Status} {answer.Text}");
        TestContext.Current.TestOutputHelper!.WriteLine($"{string.Join(", ", kinds)}; {messages.Count} messages");
        Assert.Equal(accepted.Order(), messages.Select(message => Guid.Parse(message.Key)).Distinct().Order());
        Assert.All(accepted, id => TopicCheck.AssertWhole(messages, id, Probes));
        Assert.Equal(1 + (accepted.Count * Probes), (await user.GetAsync("/api/user/me")).GetProperty("used").GetInt32());
        Assert.Contains(answers, answer => answer.Status == 202);
    }
}
