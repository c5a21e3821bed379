using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using BrokerProcess;
using EndToEnd.Tests.Faults;
using SaimirisGateway.Tests.Probes.Outbox;
using SaimirisGateway.Tests.Probes.Submit;
using SaimirisGateway.Tests.Storage;

namespace EndToEnd.Tests.Gateway;

/// <summary>
/// Kills the gateway while it takes and sends measurements. The next one uses its database and its outbox. Each measurement is in the topic
/// as a whole, with one end, or it is absent and its quota is free. The batch under way at a kill may have come twice.
/// </summary>
public sealed class SubmissionKillTests(PostgresServer postgres) : IDisposable
{
    private const string Agent = "ams-1", Topic = "saimiris-probes";
    private const int Probes = 600, AtATime = 6, Seed = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-kill-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public Task Nothing_is_half_sent_on_SQLite() => RunAsync($"sqlite:{_folder.FullName}/gateway.db", Seed);

    [Fact]
    public async Task Nothing_is_half_sent_on_PostgreSQL() => await RunAsync(await postgres.CreateDatabaseAsync(), Seed + 1);

    private async Task RunAsync(string url, int seed)
    {
        string text = Environment.GetEnvironmentVariable("KILL_SEED") ?? $"{seed}";
        var random = new Random(int.Parse(text, CultureInfo.InvariantCulture));
        using var broker = new ExternalBroker($"{Topic}:4");
        broker.SetRoundTrip(TimeSpan.FromMilliseconds(20));
        var answered = new List<Guid>();
        for (int kill = 0; kill < FaultScale.Kills; kill++)
        {
            await using var gateway = await StartAsync(url, broker.Bootstrap);
            if (kill == 0)
            {
                await RegisterAsync(gateway);
                await GatewayUser.SetLimitAsync(url, 10_000_000);
            }
            using var user = new GatewayUser(new Uri($"http://{gateway.Http}"));
            var posting = Enumerable.Range(0, AtATime).Select(_ => PostAsync(user)).ToList();
            // In some rounds the kill comes while bodies are read or reserved, in others while batches are sent.
            if (random.Next(3) > 0)
                await Eventually
                    .TrueAsync(() => Task.FromResult(OutboxFiles().Any(file => file.EndsWith(".probes", StringComparison.Ordinal))
                    || posting.Exists(post => post.IsCompleted)), Patience, () => "nothing is reserved", Cancel);
            await LetGoByAsync(TimeSpan.FromMilliseconds(random.Next(20, 500)));
            await gateway.KillAsync();
            answered.AddRange((await Task.WhenAll(posting)).OfType<Guid>());
        }

        broker.SetRoundTrip(TimeSpan.Zero);
        await using var last = await StartAsync(url, broker.Bootstrap);
        await Eventually.TrueAsync(() => Task.FromResult(!OutboxFiles().Any()), Patience,
            () => $"left in the outbox: {string.Join(", ", OutboxFiles())}", Cancel);
        using var observer = new GatewayUser(new Uri($"http://{last.Http}"));
        var known = (await observer.GetAsync("/api/measurements?limit=100")).EnumerateArray()
            .Select(measurement => measurement.GetProperty("measurement_id").GetGuid()).ToHashSet();
        var messages = ProbeTopic.Read(broker.Bootstrap, Topic);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {text}: {known.Count} of {FaultScale.Kills * AtATime} measurements, {answered.Count} of them answered; "
                + $"{messages.Count} messages, {messages.Count - messages.DistinctBy(m => (m.Key, Convert.ToHexString(m.Value))).Count()} "
                + $"of them twice");

        Assert.Equal(known.Order(), messages.Select(message => Guid.Parse(message.Key)).Distinct().Order());
        Assert.All(known, id => TopicCheck.AssertWhole(messages, id, Probes));
        Assert.All(answered, id => Assert.Contains(id, known));
        Assert.Equal(known.Count * Probes, (await observer.GetAsync("/api/user/me")).GetProperty("used").GetInt32());
        // Kills that interrupt nothing would show nothing.
        Assert.True(answered.Count < FaultScale.Kills * AtATime, "every submission was answered before its kill");
    }

    private IEnumerable<string> OutboxFiles() => _folder.GetDirectories("outbox").SelectMany(outbox => outbox.GetFiles())
        .Select(file => file.Name).Where(name => name != "lock");

    private Task<GatewayProcess> StartAsync(string url, string bootstrap) => GatewayProcess.StartAsync(
        null, "--bypass-jwt", "--database-url", url, "--outbox-dir", Path.Combine(_folder.FullName, "outbox"), "--kafka-brokers",
            bootstrap, "--kafka-message-max-bytes", "4096");

    private static async Task<Guid?> PostAsync(GatewayUser user)
    {
        try
        {
            var (status, text) = await user.PostAsync(new StringContent(GatewayUser.Json(Agent, Probes)));
            Assert.True(status is 200 or 202, text);
            return JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid();
        }
        catch (HttpRequestException)
        {
            // The kill came first.
            return null;
        }
    }

    internal static async Task RegisterAsync(GatewayProcess gateway)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{gateway.Http}/agent-api/agent/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AgentKey);
        (string Path, object Body)[] calls =
        [
            ("register", new { id = Agent, secret = "secret-of-the-agent" }),
            ($"{Agent}/config", new[] { new { src_ipv6_prefix = StandInAgent.Prefix, packets = 1, probing_rate = 10_000 } }),
            ($"{Agent}/health", new { healthy = true }),
        ];
        foreach (var (path, body) in calls)
        {
            using var answer = await client.PostAsJsonAsync(path, body, Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        }
    }

    private static async Task LetGoByAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync(Cancel);
    }
}
