using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Replay.Send;
using SaimirisGateway;
using SaimirisGateway.Api;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Storage;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records.Batch;
using Suite.Tests.Records;

namespace Suite.Tests.Replay;

/// <summary>Sends replies to a real gateway, and to one that does not always answer.</summary>
public sealed class SendRepliesTests : IDisposable
{
    private const string Key = "key-of-ams-1";

    private static readonly string Capture = Path.Combine(RepositoryFolder.Captures, "replies", "caracal", "input.pcap");

    private readonly string _keyFile = Path.GetTempFileName();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-");
    private readonly MemorySink _sink = new();

    public SendRepliesTests() => File.WriteAllText(_keyFile, Key + "\n");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        File.Delete(_keyFile);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Every_reply_of_a_capture_arrives_as_it_is_decoded()
    {
        await using var gateway = await StartAsync();
        var run = await ReplayRun.RunAsync("send", Capture, "--to", $"http://{gateway.EndPoints[0]}", "--agent", "ams-1",
            "--agent-key-file", _keyFile,
            "--speed", "max", "--body-records", "100", "--caracal-id", "1234");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("sent 878 packets in 9 bodies", run.ErrorLines.Single(), StringComparison.Ordinal);
        Assert.Contains("396 accepted, not_a_reply 482", run.ErrorLines.Single(), StringComparison.Ordinal);

        var sent = await ReplyRecord.ReadAsync(_sink.Batches.SelectMany(b => b.Value.ToArray()).ToArray(), Cancel);
        var decoded = await ReplayRun.RunAsync("decode", Capture, "--service", "gateway");
        Assert.Equal(
            decoded.Records.Select(r =>
            $"{r.GetProperty("timeReceivedNs")} {r.GetProperty("probeSrcPort")} {r.GetProperty("rttMicros")} {r.GetProperty("sequence")}"),
            sent.Select(r => $"{r.TimeReceivedNs} {r.Number("probeSrcPort")} {r.Number("rttMicros")} {r.Number("sequence")}"));
        Assert.All(sent, r => Assert.Equal("ams-1", r.AgentId));
    }

    [Fact]
    public async Task A_growing_file_is_followed_until_the_end_is_asked_for()
    {
        await using var gateway = await StartAsync();
        byte[] whole = await File.ReadAllBytesAsync(Capture, Cancel);
        string growing = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(growing, whole[..50_001], Cancel);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var options = Options(new Uri($"http://{gateway.EndPoints[0]}"), growing) with { Follow = true };
            var sending = new ReplySender(options, TimeProvider.System, _ => { }).RunAsync(end.Token);
            await UntilAsync(() => _sink.Batches.Count > 0);
            await using (var file = new FileStream(growing, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
                await file.WriteAsync(whole.AsMemory(50_001), Cancel);
            await UntilAsync(() => _sink.Batches.Sum(b => b.Records) == 396);
            await end.CancelAsync();
            var (exitCode, lines) = await sending.WaitAsync(TimeSpan.FromMinutes(5), Cancel);
            Assert.Equal(130, exitCode);
            Assert.Contains("396 accepted", lines.Single(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(growing);
        }
    }

    [Fact]
    public async Task A_body_is_sent_again_until_the_gateway_has_it()
    {
        int requests = 0;
        var lengths = new List<long>();
        await using var server = await StartAsync(async http =>
        {
            lengths.Add(http.Request.ContentLength ?? 0);
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            switch (++requests)
            {
                case 1:
                    http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    http.Response.Headers.RetryAfter = "0";
                    break;
                case 2:
                    http.Abort();
                    break;
                default:
                    http.Response.StatusCode = StatusCodes.Status202Accepted;
                    await http.Response.WriteAsync("""{"accepted":878,"rejected":{}}""", http.RequestAborted);
                    break;
            }
        });
        var log = new List<string>();
        var options = Options(new Uri($"http://{server.EndPoint}"), Capture);
        var (exitCode, lines) = await new ReplySender(options, TimeProvider.System, log.Add).RunAsync(Cancel);
        Assert.Equal((0, 3), (exitCode, requests));
        Assert.Contains("878 accepted", lines.Single(), StringComparison.Ordinal);
        Assert.Contains("answers 503", log.Single(), StringComparison.Ordinal);
        Assert.Single(lengths.Distinct());
    }

    [Fact]
    public async Task A_wrong_key_is_refused_at_once()
    {
        await using var gateway = await StartAsync();
        var (exitCode, lines) = await new ReplySender(
            Options(new Uri($"http://{gateway.EndPoints[0]}"), Capture) with { Key = "wrong" }, TimeProvider.System, _ => { })
            .RunAsync(Cancel);
        Assert.Equal(1, exitCode);
        Assert.Contains("answers 401: the Authorization header", lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("needs --agent and --agent-key-file", "x", "--to", "http://h:1")]
    [InlineData("--agent-key-file: /nowhere cannot be read", "x", "--to", "http://h:1", "--agent", "a", "--agent-key-file", "/nowhere")]
    [InlineData("--caracal-id 70000", "x", "--to", "http://h:1", "--agent", "a", "--agent-key-file", "/dev/null", "--caracal-id", "70000")]
    [InlineData("--body-records 0", "x", "--to", "http://h:1", "--agent", "a", "--agent-key-file", "/dev/null", "--body-records", "0")]
    [InlineData("nowhere.pcap: there is no such file", "nowhere.pcap", "--to", "http://127.0.0.1:1", "--agent", "a", "--agent-key-file",
        "/dev/null")]
    public async Task A_wrong_argument_is_one_clear_line_and_exit_code_2(string message, params string[] args)
    {
        var run = await ReplayRun.RunAsync(["send", .. args]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.ErrorLines[0], StringComparison.Ordinal);
    }

    private static ReplySendOptions Options(Uri gateway, string file) => new()
    {
        File = file,
        Gateway = gateway,
        Agent = "ams-1",
        Key = Key,
        Speed = double.PositiveInfinity,
        BodyWait = TimeSpan.FromMilliseconds(100),
    };

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<GatewayService> StartAsync()
    {
        var anywhere = new HostPort("127.0.0.1", 0);
        return await GatewayService.StartAsync(new GatewayOptions
        {
            Http = new HttpOptions { Address = anywhere },
            MetricsAddress = anywhere,
            AgentKey = Key,
            Database = DatabaseUrl.Parse($"sqlite:{_folder.FullName}/gateway.db"),
            Kafka = new KafkaOptions { Disable = true },
            Batches = new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, BatchWaitTime = TimeSpan.FromMilliseconds(10) },
            BatchWaitInterval = TimeSpan.FromMilliseconds(5),
        }, NullLoggerFactory.Instance, TimeProvider.System, _ => _sink, Cancel);
    }

    private static async Task<Server> StartAsync(RequestDelegate answer) =>
        new(await KestrelEndpoint.StartAsync("test", new HostPort("127.0.0.1", 0), NullLoggerFactory.Instance,
            new KestrelSetup { Http = answer }, Cancel));

    private sealed class Server(KestrelEndpoint endpoint) : IAsyncDisposable
    {
        public System.Net.IPEndPoint EndPoint => endpoint.Bound;

        public async ValueTask DisposeAsync() => await endpoint.StopAsync(new CancellationToken(canceled: true));
    }
}
