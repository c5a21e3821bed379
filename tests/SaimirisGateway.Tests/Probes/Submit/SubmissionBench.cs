using System.Data.Common;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Prometheus;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using SaimirisGateway.Tests.Storage;
using Shared.Delivery.Kafka;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>
/// Serves POST /api/probes on a real socket, with a real database and the test's broker. Every request is the test user's.
/// </summary>
internal sealed class SubmissionBench : IAsyncDisposable
{
    /// <summary>SHA-256 of test-user-id, the contract's example, and an address of that user in <see cref="Prefix"/>.</summary>
    public const string User = "c95b3f800751698e8f935156112885cc49789e687a3bca5def774fcf96f96ea4", Source = "2a0e:97c0:8a4:c95b:3f80::1";

    public const string Prefix = "2a0e:97c0:8a4::/48", Topic = "saimiris-probes", Agent = "vltcdg01";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-outbox-");
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly string _url;
    private readonly HttpClient _client;
    private WebApplication? _app;

    private SubmissionBench(string? url)
    {
        _url = url ?? $"sqlite:{_folder.FullName}/gateway.db";
        _client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        Store = DatabaseUrl.Parse(_url).OpenStore(TimeProvider.System);
    }

    public GatewayStore Store { get; }

    public OutboxDispatcher Outbox { get; private set; } = null!;

    public OutboxOptions OutboxOptions { get; private set; } = null!;

    public HttpClient Client => _client;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="bootstrap">The broker's address.</param>
    /// <param name="url">The database; null for a SQLite file of its own.</param>
    public static async Task<SubmissionBench> StartAsync(
        string bootstrap, string? url = null, OutboxOptions? outbox = null, ProbeOptions? probes = null, bool withAgent = true)
    {
        var bench = new SubmissionBench(url);
        await bench.Store.MigrateAsync(Cancel);
        if (withAgent)
            await bench.RegisterAsync(Agent);
        await bench.BeginAsync(bootstrap, outbox ?? new OutboxOptions(), probes ?? new ProbeOptions());
        return bench;
    }

    /// <summary>Starts a gateway in the place of the previous one, which has ended or was abandoned.</summary>
    public async Task BeginAsync(string bootstrap, OutboxOptions outbox, ProbeOptions probes)
    {
        var metrics = new GatewayMetrics(_registry);
        OutboxOptions = outbox with { Directory = Path.Combine(_folder.FullName, "outbox") };
        Outbox = new OutboxDispatcher(
            OutboxOptions, new KafkaOptions { Brokers = bootstrap.Split(',') }, Store, metrics, NullLogger.Instance, TimeProvider.System);
        await Outbox.StartAsync(Cancel);
        var submission = new ProbeSubmission(probes, Outbox, Store, metrics, NullLogger.Instance, TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/api/probes", async (HttpRequest request, CancellationToken aborted) =>
            (IResult)await submission.SubmitAsync(request, User, aborted));
        await _app.StartAsync(Cancel);
        Address = new Uri(_app.Urls.Single());
    }

    public Uri Address { get; private set; } = null!;

    public string OutboxFolder => OutboxOptions.Directory;

    /// <summary>The files of probes in the outbox.</summary>
    public IEnumerable<string> OutboxFiles =>
        Directory.EnumerateFiles(OutboxFolder).Select(path => Path.GetFileName(path)).Where(name => name != "lock");

    /// <param name="config">The configuration; null for the usual one, and "" for none.</param>
    /// <param name="healthy">The health; null for none.</param>
    /// <param name="age">The time since the agent was last seen.</param>
    public async Task RegisterAsync(string agent, string? config = null, bool? healthy = true, TimeSpan age = default)
    {
        var seen = TimeProvider.System.GetUtcNow() - age;
        Assert.True(await Store.RegisterAgentAsync(agent, new byte[32], seen, Cancel));
        if (config != "")
            await Store.SetAgentConfigAsync(agent,
                config ?? $$"""[{"name":"unicast","packets":1,"probing_rate":10000,"src_ipv6_prefix":"{{Prefix}}"}]""", seen, Cancel);
        if (healthy is not null)
            await Store.SetAgentHealthAsync(agent, new AgentHealth(healthy.Value, seen, null), seen, Cancel);
    }

    public async Task LimitAsync(long limit)
    {
        await using DbConnection connection = _url.StartsWith("sqlite:", StringComparison.Ordinal)
            ? new SqliteConnection($"Data Source={_url["sqlite:".Length..]};Pooling=false")
                : new NpgsqlConnection(PostgresServer.ConnectionString(_url));
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO user_limits (user_hash, probe_limit) VALUES ('{User}', {limit})";
        await command.ExecuteNonQueryAsync(Cancel);
    }

    public async Task<long> UsedAsync() => (await Store.ReadUsageAsync(User, TimeProvider.System.GetUtcNow(), Cancel)).Used;

    public async Task<(int Status, string Text, HttpResponseMessage Response)> PostAsync(
        HttpContent content, string type = "application/json", string? key = null, string query = "")
    {
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, $"/api/probes{query}")) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        var response = await _client.SendAsync(request, Cancel);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancel), response);
    }

    public Task<(int Status, string Text, HttpResponseMessage Response)> PostAsync(
        string body, string type = "application/json", string? key = null, string query = "") =>
        PostAsync(new StringContent(body), type, key, query);

    /// <summary>A body in the contract's form for the usual agent.</summary>
    public static string Json(int probes, string agents = $$"""{"id":"{{Agent}}","ip_address":"{{Source}}"}""") =>
        $$"""{"metadata":[{{agents}}],"probes":[{{string.Join(',', Enumerable.Range(0, probes).Select(Probe))}}]}""";

    public static string Probe(int number) => $"[\"2001:db8::{number & 0xFFFF:x}\",24000,33434,{1 + (number % 32)},\"icmpv6\"]";

    public async Task<string> MetricsAsync()
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, Cancel);
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Ends the gateway in order, and leaves database and outbox.</summary>
    public async Task EndAsync()
    {
        await _app!.DisposeAsync();
        await Outbox.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await EndAsync();
        await Store.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
