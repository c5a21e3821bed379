using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SaimirisGateway.Api;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Storage;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Records.Batch;

namespace SaimirisGateway.Tests.Replies.Listen;

/// <summary>Runs a whole gateway on free loopback ports, with the test's sink, and an agent's client.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    public const string Agent = "ams-1", Key = "key-of-ams-1";

    private static readonly HostPort Anywhere = new("127.0.0.1", 0);

    private readonly GatewayService _service;
    private readonly HttpClient _client;

    private readonly DirectoryInfo _folder;

    private Gateway(GatewayService service, HttpClient client, DirectoryInfo folder) =>
        (_service, _client, _folder) = (service, client, folder);

    public IReadOnlyList<IPEndPoint> EndPoints => _service.EndPoints;

    public IPEndPoint MetricsEndPoint => _service.MetricsEndPoint;

    public static GatewayOptions Options { get; } = new()
    {
        Http = new HttpOptions { Address = Anywhere },
        MetricsAddress = Anywhere,
        AgentKey = Key,
        CollectorId = "test",
        // The test has its own sink, and nobody measures.
        Kafka = new KafkaOptions { Disable = true },
        Batches = new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, BatchWaitTime = TimeSpan.FromMilliseconds(20) },
        BatchWaitInterval = TimeSpan.FromMilliseconds(10),
    };

    public static async Task<Gateway> StartAsync(IBatchSink sink, GatewayOptions? options = null)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-");
        options = (options ?? Options) with { Database = DatabaseUrl.Parse($"sqlite:{folder.FullName}/gateway.db") };
        var service = await GatewayService.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, _ => sink, TestContext.Current.CancellationToken);
        var client = new HttpClient { BaseAddress = new Uri($"http://{service.EndPoints[0]}"), Timeout = TimeSpan.FromMinutes(5) };
        return new Gateway(service, client, folder);
    }

    public Task<(int Status, JsonElement Body, HttpResponseMessage Response)> SendAsync(
        byte[] body, string type = "application/vnd.tcpdump.pcap", Action<HttpRequestMessage>? change = null) =>
        SendAsync(new ByteArrayContent(body), type, change);

    public async Task<(int Status, JsonElement Body, HttpResponseMessage Response)> SendAsync(
        HttpContent content, string type, Action<HttpRequestMessage>? change = null)
    {
        using var request = Request(content, type);
        change?.Invoke(request);
        var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return await ReadAsync(response);
    }

    public static async Task<(int Status, JsonElement Body, HttpResponseMessage Response)> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement : default, response);
    }

    public static HttpRequestMessage Request(HttpContent content, string type)
    {
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return new HttpRequestMessage(HttpMethod.Post, $"/agent-api/agent/{Agent}/replies")
        {
            Content = content,
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Key) },
        };
    }

    public async Task<string> MetricsAsync() =>
        await _client.GetStringAsync(new Uri($"http://{MetricsEndPoint}/metrics"), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
