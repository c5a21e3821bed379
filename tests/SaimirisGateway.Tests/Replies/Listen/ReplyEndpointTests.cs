using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using SaimirisGateway.Auth;
using SaimirisGateway.Replies.Listen;
using SaimirisGateway.Tests.Replies.Pipeline;
using Shared.Records.Batch;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Tests.Replies.Listen;

public class ReplyEndpointTests
{
    private static readonly byte[] Two = Packets.Pcap(101, false, false, Packets.TimeExceeded(), Packets.EchoReply(1, 2, 3));

    private readonly MemorySink _sink = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pcap_is_answered_with_what_became_of_it()
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        byte[] redirect = Packets.TimeExceeded();
        redirect[20] = 5;
        var (status, body, response) = await gateway.SendAsync(Packets.Pcap(101, false, true, Packets.TimeExceeded(), redirect));
        Assert.Equal((202, "application/json"), (status, response.Content.Headers.ContentType!.ToString()));
        Assert.Equal("""{"accepted":1,"rejected":{"not_a_reply":1}}""", body.GetRawText());
        Assert.Equal(1, _sink.Batches.Sum(b => b.Records));
    }

    [Fact]
    public async Task Records_that_the_gateway_wrote_can_be_sent_to_it_again()
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        await gateway.SendAsync(Two);
        byte[] messages = [.. _sink.Take().SelectMany(b => b.Value.ToArray())];
        var (status, body, _) = await gateway.SendAsync(messages, "application/vnd.capnproto");
        Assert.Equal((202, 2), (status, body.GetProperty("accepted").GetInt32()));
        byte[] again = [.. _sink.Batches.SelectMany(b => b.Value.ToArray())];
        Assert.Equal([3ul, 4], Sequences(again));
    }

    [Fact]
    public async Task The_answer_waits_for_the_acknowledgement()
    {
        var sink = new HoldingSink();
        await using var gateway = await Gateway.StartAsync(sink);
        var answer = gateway.SendAsync(Two);
        await sink.WaitForBatchAsync(Cancel);
        Assert.False(answer.IsCompleted);
        sink.ReleaseAll();
        Assert.Equal(202, (await answer).Status);
    }

    [Fact]
    public async Task Records_that_Kafka_refuses_are_no_202()
    {
        var sink = new HoldingSink();
        await using var gateway = await Gateway.StartAsync(sink);
        var answer = gateway.SendAsync(Two);
        await sink.WaitForBatchAsync(Cancel);
        sink.DropAll();
        var (status, body, response) = await answer;
        Assert.Equal((503, 503, "1"), (status, body.GetProperty("error").GetInt32(), response.Headers.RetryAfter!.ToString()));
    }

    [Fact]
    public async Task Without_an_acknowledgement_in_time_it_is_503_and_later()
    {
        var sink = new HoldingSink();
        var replies = new UploadOptions { AckTimeout = TimeSpan.FromMilliseconds(200) };
        await using var gateway = await Gateway.StartAsync(sink, Gateway.Options with { Replies = replies });
        var (status, body, response) = await gateway.SendAsync(Two);
        Assert.Equal((503, "1", 2), (status, response.Headers.RetryAfter!.ToString(), body.GetProperty("accepted").GetInt32()));
    }

    [Fact]
    public async Task A_malformed_record_is_named_by_its_byte_and_those_before_it_are_accepted()
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        byte[] body = [.. Two];
        body[24 + 16 + 56 + 8 + 3] = 0xFF;
        var (status, answer, _) = await gateway.SendAsync(body);
        Assert.Equal((400, 400, 24 + 16 + 56, 1),
            (status, answer.GetProperty("error").GetInt32(), answer.GetProperty("offset").GetInt32(),
                answer.GetProperty("accepted").GetInt32()));
        Assert.Contains("pcap_packet_too_long", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, _sink.Batches.Sum(b => b.Records));
        Assert.Contains("saimiris_gateway_reply_bodies_malformed_total{reason=\"pcap_packet_too_long\"} 1", await gateway.MetricsAsync(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer key-of-lhr-2")]
    [InlineData("Bearer ")]
    [InlineData("bearer key-of-ams-1")]
    [InlineData("Basic key-of-ams-1")]
    [InlineData("")]
    public async Task Without_the_agents_key_nothing_is_taken(string authorization)
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        var (status, body, _) = await gateway.SendAsync(Two, change: request =>
        {
            request.Headers.Authorization = null;
            if (authorization.Length > 0)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
        });
        Assert.Equal((401, 401), (status, body.GetProperty("error").GetInt32()));
        Assert.Empty(_sink.Batches);
    }

    [Fact]
    public async Task The_key_that_everybody_knows_is_refused()
    {
        await using var gateway = await Gateway.StartAsync(_sink, Gateway.Options with { AgentKey = AgentKeys.DefaultKey });
        var (status, _, _) = await gateway.SendAsync(Two, change: request =>
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AgentKeys.DefaultKey));
        Assert.Equal(401, status);
    }

    [Fact]
    public async Task An_agent_has_its_own_key_and_a_changed_file_counts()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "# agents\nams-1 own-key-1\nlhr-2\town-key-2\n", Cancel);
            await using var gateway = await Gateway.StartAsync(_sink, Gateway.Options with { AgentKeysFile = file });
            Assert.Equal(401, await StatusAsync(gateway, Gateway.Agent, Gateway.Key));
            Assert.Equal(401, await StatusAsync(gateway, Gateway.Agent, "own-key-2"));
            Assert.Equal(202, await StatusAsync(gateway, Gateway.Agent, "own-key-1"));
            Assert.Equal(202, await StatusAsync(gateway, "fra-3", Gateway.Key));

            await File.WriteAllTextAsync(file, "ams-1 own-key-9\n", Cancel);
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            while (await StatusAsync(gateway, Gateway.Agent, "own-key-9") != 202)
                limit.Token.ThrowIfCancellationRequested();
            Assert.Equal(401, await StatusAsync(gateway, Gateway.Agent, "own-key-1"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("application/json", "", 415)]
    [InlineData("application/vnd.capnproto", "deflate", 415)]
    [InlineData("application/vnd.tcpdump.pcap", "gzip", 400)]
    public async Task Other_types_and_encodings_are_refused(string type, string encoding, int expected)
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        var (status, body, _) = await gateway.SendAsync(Two, type, request =>
        {
            if (encoding.Length > 0)
                request.Content!.Headers.ContentEncoding.Add(encoding);
        });
        Assert.Equal((expected, expected), (status, body.GetProperty("error").GetInt32()));
    }

    [Fact]
    public async Task Routes_methods_and_queries_that_are_none_have_their_own_answers()
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        Assert.Equal(
            404, (await gateway.SendAsync(Two, change: r => r.RequestUri = new Uri("/agent-api/agent/replies", UriKind.Relative))).Status);
        Assert.Equal(404,
            (await gateway.SendAsync(Two, change: r => r.RequestUri = new Uri("/agent-api/agent/a/b/replies", UriKind.Relative))).Status);
        var (status, _, response) = await gateway.SendAsync(Two, change: r => r.Method = HttpMethod.Put);
        Assert.Equal((405, "POST"), (status, response.Content.Headers.Allow.Single()));
        Assert.Equal(400,
            (await gateway.SendAsync(Two, change: r => r.RequestUri = new Uri(r.RequestUri + "?caracal-id=x", UriKind.Relative))).Status);
        var (_, body, _) = await gateway.SendAsync(Two, change: r =>
            r.RequestUri = new Uri(r.RequestUri + "?caracal-id=7", UriKind.Relative));
        Assert.Equal("""{"accepted":1,"rejected":{"integrity_failed":1}}""", body.GetRawText());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Compressed_bodies_are_taken_and_bombs_are_cut(string encoding)
    {
        var replies = new UploadOptions { MaxExpandedBytes = 1 << 20 };
        await using var gateway = await Gateway.StartAsync(_sink, Gateway.Options with { Replies = replies });
        Assert.Equal(202, (await SendCompressedAsync(gateway, Two, encoding)).Status);

        // An empty packet, many times.
        byte[] one = Packets.Pcap(101, false, false, new byte[50_000])[24..];
        byte[] bomb = [.. Two, .. Enumerable.Repeat(one, 400).SelectMany(o => o)];
        var (status, body, _) = await SendCompressedAsync(gateway, bomb, encoding);
        Assert.Equal((413, 2), (status, body.GetProperty("accepted").GetInt32()));
        Assert.InRange(body.GetProperty("rejected").GetProperty("not_a_reply").GetInt32(), 1, (1 << 20) / 50_000);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_body_that_is_cut_off_damaged_or_too_long_is_never_answered_as_a_whole_one(string encoding)
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        byte[] whole = Compress(Two, encoding);
        for (int bytes = 1; bytes < whole.Length; bytes++)
            Assert.Equal((bytes, 400), (bytes, (await SendAsEncodedAsync(gateway, whole[..bytes], encoding)).Status));
        Assert.Equal(400, (await SendAsEncodedAsync(gateway, Enumerable.Repeat((byte)0xFF, 10).ToArray(), encoding)).Status);
        Assert.Equal(400, (await SendAsEncodedAsync(gateway, [.. whole, 0], encoding)).Status);
        Assert.Equal(202, (await SendAsEncodedAsync(gateway, whole, encoding)).Status);
    }

    [Fact]
    public async Task More_bodies_than_an_agent_may_have_get_429_with_Retry_After()
    {
        var sink = new HoldingSink();
        var replies = new UploadOptions { MaxBodiesPerAgent = 1 };
        await using var gateway = await Gateway.StartAsync(sink, Gateway.Options with { Replies = replies });
        var first = gateway.SendAsync(Two);
        await sink.WaitForBatchAsync(Cancel);
        var (status, _, response) = await gateway.SendAsync(Two);
        Assert.Equal((429, "1"), (status, response.Headers.RetryAfter!.ToString()));
        sink.ReleaseAll();
        Assert.Equal(202, (await first).Status);
    }

    [Fact]
    public async Task A_body_in_single_bytes_is_one_body_and_one_that_breaks_off_leaves_whole_records_only()
    {
        await using var gateway = await Gateway.StartAsync(_sink);
        Assert.Equal(202, (await gateway.SendAsync(new ByteByByte(Two), "application/vnd.tcpdump.pcap")).Status);
        Assert.Equal(2, _sink.Take().Sum(b => b.Records));

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(gateway.EndPoints[0], Cancel);
            await socket.SendAsync((byte[])[.. Head(Two.Length), .. Two.AsSpan(0, Two.Length - 1)], Cancel);
            while (_sink.Batches.Count == 0)
                limit.Token.ThrowIfCancellationRequested();
        }
        while (!(await gateway.MetricsAsync()).Contains("saimiris_gateway_reply_bodies 0", StringComparison.Ordinal))
            limit.Token.ThrowIfCancellationRequested();
        byte[] kept = [.. _sink.Batches.SelectMany(b => b.Value.ToArray())];
        Assert.Equal([3ul], Sequences(kept));
    }

    [Fact]
    public async Task A_body_of_which_nothing_more_comes_is_given_up()
    {
        var replies = new UploadOptions { IdleTimeout = TimeSpan.FromMilliseconds(300) };
        await using var gateway = await Gateway.StartAsync(_sink, Gateway.Options with { Replies = replies });
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.EndPoints[0], Cancel);
        await socket.SendAsync(Head(1000), Cancel);
        byte[] answer = new byte[1000];
        int read = await socket.ReceiveAsync(answer, Cancel);
        Assert.StartsWith("HTTP/1.1 408 ", Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HTTP_2_in_clear_text_has_a_port_of_its_own()
    {
        var http = Gateway.Options.Http with { Http2Address = new("127.0.0.1", 0) };
        await using var gateway = await Gateway.StartAsync(_sink, Gateway.Options with { Http = http });
        using var client = new HttpClient { BaseAddress = new Uri($"http://{gateway.EndPoints[1]}") };
        using var request = Gateway.Request(new ByteByByte(Two), "application/vnd.tcpdump.pcap");
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        Assert.Equal(202, (await Gateway.ReadAsync(await client.SendAsync(request, Cancel))).Status);
    }

    private static byte[] Head(int length) => Encoding.ASCII.GetBytes(
        $"POST /agent-api/agent/ams-1/replies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Gateway.Key}\r\nContent-Type: "
            + $"application/vnd.tcpdump.pcap\r\nContent-Length: {length}\r\n\r\n");

    private static async Task<int> StatusAsync(Gateway gateway, string agent, string key) =>
        (await gateway.SendAsync(Two, change: request =>
        {
            request.RequestUri = new Uri($"/agent-api/agent/{agent}/replies", UriKind.Relative);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        })).Status;

    private static Task<(int Status, System.Text.Json.JsonElement Body, HttpResponseMessage Response)> SendCompressedAsync(
        Gateway gateway, byte[] body, string encoding) =>
        SendAsEncodedAsync(gateway, Compress(body, encoding), encoding);

    private static Task<(int Status, System.Text.Json.JsonElement Body, HttpResponseMessage Response)> SendAsEncodedAsync(
        Gateway gateway, byte[] bytes, string encoding) =>
        gateway.SendAsync(bytes, change: request => request.Content!.Headers.ContentEncoding.Add(encoding));

    private static byte[] Compress(byte[] body, string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream packer = encoding == "br" ? new BrotliStream(packed, CompressionMode.Compress)
            : new GZipStream(packed, CompressionMode.Compress))
            packer.Write(body);
        return packed.ToArray();
    }

    private static List<ulong> Sequences(ReadOnlySpan<byte> messages)
    {
        var sequences = new List<ulong>();
        var reader = new MessageReader();
        for (; reader.TryRead(messages, out var record, out int length); messages = messages[length..])
            sequences.Add(record.ReadUInt64(56));
        Assert.True(messages.IsEmpty);
        return sequences;
    }

    private sealed class ByteByByte(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                await stream.WriteAsync(bytes.AsMemory(i, 1));
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
