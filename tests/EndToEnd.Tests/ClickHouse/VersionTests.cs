using System.Text;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>
/// Loads messages of the old services with the tables and schemas of today, and today's messages with those of the first version.
/// </summary>
public sealed class VersionTests : IDisposable
{
    private const int BatchBytes = 990_000;

    private readonly string _firstSchemas = Directory.CreateTempSubdirectory("schemas-").FullName;

    // The files have the names that they had before: the client turns the dash of update-v1 into %2D.
    public VersionTests()
    {
        foreach (string name in new[] { "update", "sflow", "reply" })
            File.Copy(Path.Combine(RepositoryFolder.Captures, "schemas", name + "-v1.capnp"), Path.Combine(_firstSchemas, name + ".capnp"));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_firstSchemas, recursive: true);

    [Fact]
    public async Task Messages_of_the_first_version_load_with_todays_tables()
    {
        Programs.Need("clickhouse-server", "clickhouse-client", "capnp");
        byte[] updates = [.. Hex("updates/announcement-v1.hex"), .. Hex("updates/synthetic-withdrawal-v1.hex")];
        await using var server = await ClickHouseServer.StartAsync(Cancel);
        await LoadAsync(server, TopicTable.Updates, updates, 2);
        await LoadAsync(server, TopicTable.Replies, Hex("reply-messages/time-exceeded-v1.hex"), 1);
        await LoadAsync(server, TopicTable.Flows, await FlowOfFirstVersionAsync(), 1);
    }

    [Fact]
    public async Task Messages_of_today_load_with_schema_and_columns_of_the_first_version()
    {
        Programs.Need("clickhouse-server", "clickhouse-client", "capnp");
        await using var server = await ClickHouseServer.StartAsync(Cancel);
        foreach (var (topic, batch) in new[]
        {
            (TopicTable.Updates, FullBatch.FromCaptures(BatchBytes)), (TopicTable.Flows, FlowTableTests.FullBatchOfFlows()),
                (TopicTable.Replies, ReplyTableTests.FullBatchOfReplies()),
        })
            await LoadAsync(server, topic, batch.Value, batch.Records, firstVersion: true);
    }

    private async Task LoadAsync(ClickHouseServer server, TopicTable topic, ReadOnlyMemory<byte> messages, int count,
        bool firstVersion = false)
    {
        var table = new OldClickHouseTable(topic, firstVersion);
        string folder = firstVersion ? _firstSchemas : Path.GetDirectoryName(RepositoryFolder.Schema(topic.Schema))!;
        var records = await CapnpTool.ReadAsync(messages, Path.Combine(folder, topic.Schema + ".capnp"), topic.Struct, Cancel);
        Assert.Equal(count, records.Count);
        await server.QueryAsync("DROP TABLE IF EXISTS records", default, Cancel);
        await server.QueryAsync(table.Create, default, Cancel);
        await server.QueryAsync(OldClickHouseTable.Insert, messages, Cancel, $"{topic.Schema}:{topic.Struct}", folder);
        string[] rows = (await server.QueryAsync(table.Select, default, Cancel)).TrimEnd('\n').Split('\n');
        Assert.Equal(records.Select(table.RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static byte[] Hex(string path) => Convert.FromHexString(File.ReadAllText(Path.Combine(RepositoryFolder.Captures, path))
        .ReplaceLineEndings(""));

    // The record is as the capnp tool writes it with the schema of the first version.
    private Task<byte[]> FlowOfFirstVersionAsync()
    {
        string address = $"[{string.Join(',', Enumerable.Range(1, 16))}]";
        byte[] json = Encoding.UTF8.GetBytes($$"""
            {"timeReceivedNs": "1700000000123456789", "agentAddr": {{address}}, "agentPort": 6343, "agentSubId": 1,
             "datagramSequenceNumber": 2, "uptime": 3,
             "sampleSequenceNumber": 4, "sourceId": 5, "samplingRate": 1000, "samplePool": 6, "drops": 7, "inputInterface": 8,
             "outputInterface": 9, "length": 1500,
             "protocol": 6, "srcIp": {{address}}, "dstIp": {{address}}, "srcPort": 443, "dstPort": 50000, "tcpFlags": 18, "tos": 10}
            """);
        return CapnpTool.ConvertAsync("json:binary", json, Path.Combine(_firstSchemas, "sflow.capnp"), "SFlowFlowRecord", Cancel);
    }
}
