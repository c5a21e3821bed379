using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Tests.Api;
using Suite.Tests.Records;

namespace SaimirisGateway.Tests.Replies.Results.Memory;

/// <summary>Tests that the memory is bounded, that slow clients get a notice, and that replies of no measurement are not stored.</summary>
public sealed class MemoryLimitsTests
{
    private const int MemoryBytes = 1 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_oldest_replies_make_room_and_the_answer_reports_the_missing_beginning()
    {
        await using var gateway = await ApiGateway.StartAsync(change: RepliesFixture.With(new ResultOptions { MemoryBytes = MemoryBytes }));
        var measurement = await Measurement.BeginAsync(gateway);
        await measurement.UploadAsync(0, first: 0, count: 1000);
        var first = await measurement.PageAsync("?limit=10");
        Assert.False(first.GetProperty("missing").GetBoolean());
        await measurement.UploadAsync(0, first: 1000, count: 9000);

        // Reads from the beginning, and after a cursor from before.
        foreach (string query in (string[])["?limit=10000", $"?limit=10000&cursor={first.GetProperty("cursor").GetString()}"])
        {
            var page = await measurement.PageAsync(query);
            Assert.True(page.GetProperty("missing").GetBoolean());
            long[] times = [.. page.GetProperty("replies").EnumerateArray().Select(Measurement.CapturedAt)];
            Assert.InRange(times.Length, 1000, MemoryBytes / 200);
            Assert.Equal(RepliesOf.Times(10_000 - times.Length, times.Length), times);
            // It is reported once.
            Assert.False(
                (await measurement.PageAsync($"?cursor={page.GetProperty("cursor").GetString()}")).GetProperty("missing").GetBoolean());
        }
        string metrics = await gateway.MetricsAsync();
        Assert.InRange(Value(metrics, "saimiris_gateway_results_kept_bytes"), 1, MemoryBytes);
        Assert.Equal(10_000, Value(metrics, "saimiris_gateway_results_kept_total"));
        Assert.InRange(Value(metrics, "saimiris_gateway_results_dropped_total"), 10_000 - (MemoryBytes / 200), 9000);
    }

    [Fact]
    public async Task A_measurement_whose_replies_all_made_room_is_not_taken_for_one_without_any()
    {
        await using var gateway = await ApiGateway.StartAsync(change: RepliesFixture.With(new ResultOptions { MemoryBytes = 100_000 }));
        var early = await Measurement.BeginAsync(gateway);
        await early.UploadAsync(0, first: 0, count: 10);
        var other = await Measurement.BeginAsync(gateway);
        await other.UploadAsync(0, first: 100, count: 5000);
        Assert.Equal("""true,false,[]""", Summary(await early.PageAsync()));
        var late = await Measurement.BeginAsync(gateway);
        Assert.Equal("""false,false,[]""", Summary(await late.PageAsync()));

        static string Summary(System.Text.Json.JsonElement page) =>
            string.Join(',', new[] { "missing", "more", "replies" }.Select(name => page.GetProperty(name).GetRawText()));
    }

    [Fact]
    public async Task A_live_stream_that_nobody_reads_delays_no_agent_and_reports_missing_replies()
    {
        const int bodies = 40, perBody = 5000;
        await using var gateway = await ApiGateway.StartAsync(change: RepliesFixture.With(new ResultOptions { MemoryBytes = MemoryBytes }));
        var measurement = await Measurement.BeginAsync(gateway);
        await using var client = await LiveClient.OpenAsync(measurement);
        // About 150 MB of JSON are more than the sockets buffer.
        for (int body = 0; body < bodies; body++)
            await measurement.UploadAsync(0, first: body * perBody, count: perBody);
        var times = new List<long>();
        int missed = 0;
        while (times.LastOrDefault() != ((bodies * perBody) - 1) * 1000L)
        {
            var item = (await client.NextAsync())!.Value;
            if (item.EventType == "missing")
                missed++;
            else
                times.Add(Measurement.CapturedAt(System.Text.Json.JsonDocument.Parse(item.Data).RootElement));
        }
        Assert.True(missed > 0, "nothing was missed");
        Assert.True(times.Count < bodies * perBody, $"{times.Count} came");
        // Each once, in order.
        Assert.Equal(times.Order().Distinct(), times);
        Assert.Equal(missed, Value(await gateway.MetricsAsync(), "saimiris_gateway_results_missed_total"));
    }

    [Fact]
    public async Task Streams_of_a_user_are_limited_and_end_with_the_measurement()
    {
        await using var gateway = await ApiGateway.StartAsync(change: RepliesFixture.With(
            new ResultOptions
            {
                MaxStreamsPerUser = 1,
                LateReplies = TimeSpan.Zero,
                RefreshInterval = TimeSpan.FromMilliseconds(200),
                HeartbeatInterval = TimeSpan.FromMilliseconds(200)
            }));
        var measurement = await Measurement.BeginAsync(gateway);
        await using var client = await LiveClient.OpenAsync(measurement);
        using (var request = measurement.Request("text/event-stream"))
        using (var refused = await gateway.Client.SendAsync(request, Cancel))
            Assert.Equal((429, "1"), ((int)refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        await measurement.UploadAsync(0, first: 0, count: 3);
        await client.RepliesAsync(3);
        Assert.Equal(200,
            (await gateway.AgentPostAsync($"/agent-api/agent/{measurement.Agents[0]}/measurement/{measurement.Id}/status",
            """{"sent_probes":5,"is_complete":true}""")).Status);
        Assert.Equal("end", (await client.NextAsync())!.Value.EventType);
        Assert.Null(await client.NextAsync());
        // The stored replies are still there.
        Assert.Equal(3, (await measurement.PageAsync()).GetProperty("replies").GetArrayLength());
    }

    [Fact]
    public async Task A_reply_that_names_a_measurement_is_that_ones_and_nobody_elses()
    {
        Programs.Need("capnp");
        await using var gateway = await ApiGateway.StartAsync();
        var named = await Measurement.BeginAsync(gateway);
        var other = await Measurement.BeginAsync(gateway);
        string[] ids = [named.Id, other.Id, Guid.NewGuid().ToString(), "not-an-id", ""];
        byte[] body = await CapnpTool.ConvertAsync(
            "text:binary", Encoding.UTF8.GetBytes(string.Concat(ids.Select((id, i) => Text(1000 + i, id)))),
            RepositoryFolder.Schema("reply"), "Reply", Cancel);
        await named.UploadAsync(0, body, ids.Length, "application/vnd.capnproto");
        // The agent is not part of the other measurement. An IPv4 source assigns nothing. The last reply has only an address, and it is
        // foreign.
        var replies = (await named.PageAsync()).GetProperty("replies").EnumerateArray().ToList();
        var reply = Assert.Single(replies);
        Assert.Equal(1000, Measurement.CapturedAt(reply));
        Assert.Empty((await other.PageAsync()).GetProperty("replies").EnumerateArray());
        Assert.Matches(
            "^" + Regex.Escape(
            $$"""{"timeReceivedNs":1000,"agentId":"{{named.Agents[0]}}","replySrcAddr":"192.0.2.1","replyDstAddr":"198.51.100."""
            + $$"""7","replyId":0,"replySize":56,"replyTtl":61,"replyQuotedTtl":1,"replyProtocol":1,"replyIcmpType":11"""
            + $$""","replyIcmpCode":0,"replyMplsLabel":[{"label":16000,"exp":5,"sBit":1,"ttl":254}],"probeSrcAddr":"198.51.100."""
            + $$"""7","probeDstAddr":"2001:db8::1","probeId":0,"probeSize":35,"probeTtl":5,"probeProtocol":17,"probeSrcPort":24000"""
            + $$""","probeDstPort":33434,"rtt":123,"measurementId":"{{named.Id}}","rttMicros":12300,"timeGatewayNs":""")
            + @"\d{19},""collectorEpochNs"":\d{19},""sequence"":1,""collectorId"":""test""\}$", reply.GetRawText());
    }

    private static string Text(int time, string measurement) => string.Create(CultureInfo.InvariantCulture, $"""
        (timeReceivedNs = {time}, replySrcAddr = {Bytes("::ffff:192.0.2.1")}, replyDstAddr = {Bytes("::ffff:198.51.100.7")},
        replySize = 56, replyTtl = 61,
        replyQuotedTtl = 1, replyProtocol = 1, replyIcmpType = 11, replyMplsLabel = [(label = 16000, exp = 5, sBit = 1, ttl = 254)],
        probeSrcAddr = {Bytes("::ffff:198.51.100.7")}, probeDstAddr = {Bytes("2001:db8::1")}, probeSize = 35, probeTtl = 5,
        probeProtocol = 17,
        probeSrcPort = 24000, probeDstPort = 33434, rtt = 123, measurementId = "{measurement}")
        """);

    private static string Bytes(string address) =>
        $"0x\"{Convert.ToHexStringLower(System.Net.IPAddress.Parse(address).GetAddressBytes())}\"";

    private static double Value(string metrics, string name) =>
        double.Parse(metrics.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..],
            CultureInfo.InvariantCulture);
}
