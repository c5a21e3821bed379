using System.Globalization;
using System.Text.Json;
using SaimirisGateway;
using Shared.Batch;
using Suite.Tests.Records;
using Xunit;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>A full Kafka value of replies through a real ClickHouse, in the types that 18.16 has.</summary>
public class ReplyTableTests
{
    private const int BatchBytes = 990_000, NearlyFull = 980_000;

    private static readonly string[] Numbers =
    [
        "timeReceivedNs UInt64", "replyId UInt16", "replySize UInt16", "replyTtl UInt8", "replyQuotedTtl UInt8", "replyProtocol UInt8",
        "replyIcmpType UInt8", "replyIcmpCode UInt8", "probeId UInt16", "probeSize UInt16", "probeTtl UInt8", "probeProtocol UInt8",
        "probeSrcPort UInt16", "probeDstPort UInt16", "rtt UInt16", "rttMicros UInt32", "timeGatewayNs UInt64", "collectorEpochNs UInt64", "sequence UInt64",
    ];

    private static readonly string[] Addresses = ["replySrcAddr", "replyDstAddr", "probeSrcAddr", "probeDstAddr"];
    private static readonly string[] Texts = ["agentId", "measurementId", "collectorId"];
    private static readonly string[] Entry = ["label", "exp", "sBit", "ttl"];

    [Fact]
    public async Task A_full_batch_of_replies_loads_with_the_values_that_capnp_reads()
    {
        var cancel = TestContext.Current.CancellationToken;
        Programs.Need("clickhouse-server", "clickhouse-client", "capnp");
        var batch = FullBatchOfReplies();
        Assert.InRange(batch.Value.Length, NearlyFull, BatchBytes);
        var records = await CapnpTool.ReadAsync(batch.Value, RepositoryFolder.Schema("reply"), "Reply", cancel);
        Assert.Equal(batch.Records, records.Count);

        await using var server = await ClickHouseServer.StartAsync(cancel);
        string columns = string.Join(", ", [.. Numbers, .. Addresses.Select(a => a + " FixedString(16)"), .. Texts.Select(t => t + " String"),
            "replyMplsLabel Array(Tuple(UInt32, UInt8, UInt8, UInt8))"]);
        await server.QueryAsync($"CREATE TABLE replies ({columns}) ENGINE = Memory", default, cancel);
        await server.QueryAsync("INSERT INTO replies FORMAT CapnProto", batch.Value, cancel, "reply:Reply");
        string[] rows = (await server.QueryAsync(Select, default, cancel)).TrimEnd('\n').Split('\n');

        Assert.Equal(records.Select(RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
        Assert.Contains(rows, row => row.EndsWith("29657 25437\t0 5\t0 1\t1 254", StringComparison.Ordinal));
    }

    private static string Select => "SELECT " + string.Join(", ",
    [
        .. Numbers.Select(n => $"toString({n.Split(' ')[0]})"), .. Addresses.Select(a => $"lower(hex({a}))"), .. Texts,
        .. Entry.Select((_, i) => $"arrayStringConcat(arrayMap(x -> toString(x), `replyMplsLabel.{i + 1}`), ' ')"),
    ]) + " FROM replies FORMAT TabSeparatedRaw";

    private static string RowOf(JsonElement reply) => string.Join('\t',
    [
        .. Numbers.Select(n => reply.GetProperty(n.Split(' ')[0]).ToString()),
        .. Addresses.Select(a => Convert.ToHexStringLower([.. reply.GetProperty(a).EnumerateArray().Select(o => o.GetByte())])),
        .. Texts.Select(t => reply.TryGetProperty(t, out var text) ? text.GetString()! : ""),
        .. Entry.Select(e => reply.TryGetProperty("replyMplsLabel", out var list)
            ? string.Join(' ', list.EnumerateArray().Select(l => l.GetProperty(e).GetUInt32().ToString(CultureInfo.InvariantCulture))) : ""),
    ]);

    private static StoredBatch FullBatchOfReplies()
    {
        var sink = new MemorySink();
        var output = new BatchOutput("replies", new BatchOptions { MaxBytes = BatchBytes, MaxRecordBytes = ReplyPipeline.MaxOutputBytes }, sink, TimeProvider.System);
        var agent = new AgentState("probe-ams-01");
        string folder = Path.Combine(RepositoryFolder.Captures, "replies");
        byte[][] captures = [.. Directory.EnumerateFiles(folder, "*.pcap", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        while (sink.Batches.Count == 0)
        {
            foreach (byte[] capture in captures)
            {
                var pipeline = new ReplyPipeline(agent, new GatewayIdentity("e2e", 1), new ReplyOptions { Format = ReplyFormat.Pcap }, output, new ReplyCounters());
                Assert.Equal(ReplyStep.NeedsInput, pipeline.Process(capture, 1, out _));
            }
        }
        return sink.Batches[0];
    }
}
