using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Gateway;

/// <summary>
/// Acts at the gateway and at Kafka as section 11 of the contract describes a saimiris agent. It does not probe: it makes up one reply for
/// each probe. The capnp tool reads and writes Cap'n Proto.
/// </summary>
internal sealed class StandInAgent : IAsyncDisposable
{
    public const string Prefix = "2a0e:97c0:8a4::/48";

    private const int Partitions = 4;

    private readonly HttpClient _gateway;
    private readonly string _id;
    private readonly IConsumer<string, byte[]> _consumer;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, int> _sent = [];
    private Task _probing = Task.CompletedTask;

    public StandInAgent(Uri gateway, string id, string bootstrap)
    {
        _id = id;
        _gateway = new HttpClient { BaseAddress = gateway };
        _gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayProcess.AgentKey);
        Librdkafka.EnsureLoaded();
        _consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = $"saimiris-agent-{id}",
            SessionTimeoutMs = 45_000,
            EnableAutoCommit = true,
            AutoOffsetReset = AutoOffsetReset.Latest,
            EnablePartitionEof = true,
        }).SetLogHandler((_, _) => { }).Build();
    }

    /// <summary>The time and the number of probes of each message.</summary>
    public ConcurrentQueue<(long At, string Measurement, int Probes)> Taken { get; } = [];

    /// <summary>The times at which the gateway took the replies to a message.</summary>
    public ConcurrentQueue<long> Uploaded { get; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Registers as a new agent does, and returns when the next message would reach it.</summary>
    public async Task StartAsync(string topic)
    {
        using var unknown = await _gateway.GetAsync($"/api/agent/{_id}", Cancel);
        Assert.Equal(404, (int)unknown.StatusCode);
        await PostAsync("register", new { id = _id, secret = "secret-of-the-agent" });
        await PostAsync(
            $"{_id}/config",
            new[]
            {
                new
                {
                    name = "unicast", batch_size = 100, instance_id = 1, dry_run = false, min_ttl = (int?)null, max_ttl = (int?)null,
                        integrity_check = false,
                    @interface = "enp1s0", src_ipv4_prefix = (string?)null, src_ipv6_prefix = Prefix, packets = 1, probing_rate = 10_000,
                        rate_limiting_method = "auto",
                },
            });
        await PostAsync($"{_id}/health",
            new
            {
                healthy = true,
                last_check = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz",
            CultureInfo.InvariantCulture),
                message = (string?)null
            });
        _consumer.Subscribe(topic);
        _probing = Task.Factory.StartNew(ProbeAsync, _end.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        await Task.WhenAny(_probing, _listening.Task).WaitAsync(TimeSpan.FromMinutes(5), Cancel);
        Assert.False(_probing.IsFaulted, $"{_probing.Exception}");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _probing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _consumer.Close();
        _consumer.Dispose();
        _gateway.Dispose();
        _end.Dispose();
        Assert.False(_probing.IsFaulted, $"{_probing.Exception}");
    }

    private async Task ProbeAsync()
    {
        var atEnd = new HashSet<int>();
        while (true)
        {
            var result = _consumer.Consume(_end.Token);
            if (result.IsPartitionEOF)
            {
                if (atEnd.Add(result.Partition.Value) && atEnd.Count == Partitions)
                    _listening.TrySetResult();
                continue;
            }
            if (result.Message.Headers.FirstOrDefault(header => header.Key == _id) is { } header)
                await TakeAsync(JsonDocument.Parse(header.GetValueBytes()).RootElement, result.Message.Value);
        }
    }

    private async Task TakeAsync(JsonElement header, byte[] messages)
    {
        long at = Stopwatch.GetTimestamp();
        string measurement = header.GetProperty("measurement_id").GetString()!, source = header.GetProperty("src_ip").GetString()!;
        bool isLast = header.GetProperty("end_of_measurement").GetBoolean();
        var probes = await CapnpTool.ReadAsync(messages, RepositoryFolder.Schema("probe"), "Probe", _end.Token);
        Taken.Enqueue((at, measurement, probes.Count));
        Assert.All(probes, probe => Assert.Equal(16, probe.GetProperty("dstAddr").GetArrayLength()));
        Assert.DoesNotContain(probes, probe => probe.GetProperty("protocol").GetString() == "tcp");
        Assert.True(System.Net.IPNetwork.Parse(Prefix).Contains(System.Net.IPAddress.Parse(source)));

        byte[] replies = await CapnpTool.ConvertAsync(
            "text:binary", Encoding.UTF8.GetBytes(string.Join('\n', probes.Select(probe => Reply(probe, source)))),
            Path.Combine(RepositoryFolder.Captures, "schemas", "reply-v1.capnp"), "Reply", _end.Token);
        using var body = new ByteArrayContent(replies)
        {
            Headers =
            { ContentType = new MediaTypeHeaderValue("application/vnd.capnproto") }
        };
        using var answer = await _gateway.PostAsync($"/agent-api/agent/{_id}/replies", body, _end.Token);
        string text = await answer.Content.ReadAsStringAsync(_end.Token);
        Assert.True((int)answer.StatusCode == 202, text);
        Assert.Equal(probes.Count, JsonDocument.Parse(text).RootElement.GetProperty("accepted").GetInt32());
        Uploaded.Enqueue(Stopwatch.GetTimestamp());

        _sent[measurement] = _sent.GetValueOrDefault(measurement) + probes.Count;
        await PostAsync($"{_id}/measurement/{measurement}/status", new { sent_probes = _sent[measurement], is_complete = isLast });
    }

    // An echo reply comes from the destination itself. The text is in the tool's form.
    private string Reply(JsonElement probe, string source)
    {
        string destination = Data([.. probe.GetProperty("dstAddr").EnumerateArray().Select(b => b.GetByte())]);
        string own = Data(System.Net.IPAddress.Parse(source).GetAddressBytes());
        long now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        return $"(timeReceivedNs = {now}, agentId = \"{_id}\", replySrcAddr = {destination}, replyDstAddr = {own}, replySize = 20, "
            + $"replyTtl = 60, replyProtocol = 58, "
            + $"replyIcmpType = 129, probeSrcAddr = {own}, probeDstAddr = {destination}, probeTtl = {probe.GetProperty("ttl")}, "
                + $"probeProtocol = 58, "
            + $"probeSrcPort = {probe.GetProperty("srcPort")}, rtt = 123)";
    }

    private static string Data(byte[] bytes) => $"0x\"{Convert.ToHexStringLower(bytes)}\"";

    private async Task PostAsync(string path, object body)
    {
        using var answer = await _gateway.PostAsJsonAsync($"/agent-api/agent/{path}", body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}");
    }
}
