using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SaimirisGateway.Api;
using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Storage;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Records.Batch;

namespace SaimirisGateway.Tests.Api;

/// <summary>Runs a whole gateway: real sockets, database and broker, tokens of the test's provider, and its log.</summary>
internal sealed class ApiGateway : IAsyncDisposable
{
    public const string AgentKey = "key-of-all-agents", OwnAgent = "own-key-agent", OwnKey = "key-of-its-own-1", Prefix = "2001:db8:a::/48";

    private static readonly HostPort Anywhere = new("127.0.0.1", 0);

    private readonly DirectoryInfo _folder;
    private readonly GatewayService _service;

    private ApiGateway(DirectoryInfo folder, GatewayService service, KeyProvider provider, ShiftedClock clock, LogCapture log)
    {
        (_folder, _service, Provider, Clock, Log) = (folder, service, provider, clock, log);
        Client = new HttpClient { BaseAddress = new Uri($"http://{service.EndPoints[0]}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public HttpClient Client { get; }

    public KeyProvider Provider { get; }

    public ShiftedClock Clock { get; }

    public LogCapture Log { get; }

    public string Bootstrap => _service.Bootstrap!;

    public IPEndPoint EndPoint => _service.EndPoints[0];

    public static async Task<ApiGateway> StartAsync(
        string? databaseUrl = null, Func<GatewayOptions, GatewayOptions>? change = null, LogCapture? capture = null)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-api-");
        string keys = Path.Combine(folder.FullName, "agents.keys");
        await File.WriteAllTextAsync(keys, $"{OwnAgent} {OwnKey}\n");
        var (provider, clock, log) = (await KeyProvider.StartAsync(), new ShiftedClock(), capture ?? new LogCapture());
        var options = new GatewayOptions
        {
            Http = new HttpOptions { Address = Anywhere },
            MetricsAddress = Anywhere,
            Database = DatabaseUrl.Parse(databaseUrl ?? $"sqlite:{folder.FullName}/gateway.db"),
            AgentKey = AgentKey,
            AgentKeysFile = keys,
            Users = new UserAuthOptions { JwksUri = provider.Uri, Issuer = KeyProvider.Issuer },
            Kafka = new KafkaOptions { Brokers = [KafkaOptions.Embedded] },
            Outbox = new OutboxOptions { Directory = Path.Combine(folder.FullName, "outbox") },
            Batches = new BatchOptions
            {
                MaxRecordBytes = ReplyPipeline.MaxOutputBytes,
                BatchWaitTime = TimeSpan.FromMilliseconds(20),
                Shards = 2
            },
            BatchWaitInterval = TimeSpan.FromMilliseconds(10),
            CollectorId = "test",
        };
        var service = await GatewayService.StartAsync(
            (change?.Invoke(options) ?? options).Validate(), log, clock, cancel: TestContext.Current.CancellationToken);
        return new ApiGateway(folder, service, provider, clock, log);
    }

    public async Task<ApiResponse> SendAsync(HttpMethod method, string path, string? bearer = null, string? body = null,
        string type = "application/json", Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (bearer is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }
        change?.Invoke(request);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await ApiResponse.ReadAsync(response);
    }

    public Task<ApiResponse> GetAsync(string path, string? user = null) => SendAsync(HttpMethod.Get, path, TokenOf(user));

    public Task<ApiResponse> PostAsync(string path, string? user, string? body, Action<HttpRequestMessage>? change = null) =>
        SendAsync(HttpMethod.Post, path, TokenOf(user), body, change: change);

    public Task<ApiResponse> AgentPostAsync(string path, string body, string key = AgentKey) => SendAsync(HttpMethod.Post, path, key, body);

    /// <summary>Registers a healthy agent with one IPv6 prefix.</summary>
    public async Task<string> AddAgentAsync(string id, string prefix = Prefix)
    {
        Assert.Equal(200, (await AgentPostAsync("/agent-api/agent/register", $$"""{"id":"{{id}}","secret":"secret-of-{{id}}"}""")).Status);
        Assert.Equal(200, (await AgentPostAsync($"/agent-api/agent/{id}/config", $$"""[{"src_ipv6_prefix":"{{prefix}}"}]""")).Status);
        Assert.Equal(200, (await AgentPostAsync($"/agent-api/agent/{id}/health", """{"healthy":true}""")).Status);
        return id;
    }

    /// <summary>Returns an address that the user may probe from with an agent of <see cref="AddAgentAsync"/>.</summary>
    public async Task<string> SourceAsync(string user)
    {
        var me = await GetAsync("/api/user/me", user);
        uint id = me.Json.GetProperty("user_id").GetUInt32();
        // Contract section 7: 48 bits of the agent, then 32 of the user.
        return $"2001:db8:a:{id >> 16:x}:{id & 0xFFFF:x}::1";
    }

    /// <summary>Submits a measurement with that number of probes.</summary>
    public async Task<ApiResponse> SubmitAsync(
        string user, string source, int probes, Action<HttpRequestMessage>? change, params string[] agents)
    {
        string metadata = string.Join(',', agents.Select(agent => $$"""{"id":"{{agent}}","ip_address":"{{source}}"}"""));
        string list = string.Join(',', Enumerable.Range(1, probes).Select(n => $"""["2001:db8::{n:x}",24000,33434,5,"icmpv6"]"""));
        return await PostAsync("/api/probes", user, $$"""{"metadata":[{{metadata}}],"probes":[{{list}}]}""", change);
    }

    public async Task<string> MetricsAsync(string path = "/metrics")
    {
        using var response = await Client.GetAsync(
            new Uri($"http://{_service.MetricsEndPoint}{path}"), TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public Task StopAsync() => _service.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _service.DisposeAsync();
        await Provider.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private string? TokenOf(string? user) => user is null ? null : Provider.Token(user);
}
