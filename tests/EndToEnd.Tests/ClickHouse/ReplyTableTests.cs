using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>Loads a full Kafka value of replies into a real ClickHouse, in the types that 18.16 has.</summary>
public class ReplyTableTests
{
    private const int BatchBytes = 990_000, NearlyFull = 980_000;

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
        var table = new OldClickHouseTable(TopicTable.Replies);
        await server.QueryAsync(table.Create, default, cancel);
        await server.QueryAsync(OldClickHouseTable.Insert, batch.Value, cancel, "reply:Reply");
        string[] rows = (await server.QueryAsync(table.Select, default, cancel)).TrimEnd('\n').Split('\n');

        Assert.Equal(records.Select(table.RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
        Assert.Contains(rows, row => row.Contains("29657 25437\t0 5\t0 1\t1 254", StringComparison.Ordinal));
    }

    internal static BatchCopy FullBatchOfReplies()
    {
        var sink = new MemorySink();
        var output = new TopicWriter("replies", new BatchOptions { MaxBytes = BatchBytes, MaxRecordBytes = ReplyPipeline.MaxOutputBytes },
            sink, TimeProvider.System);
        var agent = new AgentState("probe-ams-01");
        string folder = Path.Combine(RepositoryFolder.Captures, "replies");
        byte[][] captures = [.. Directory.EnumerateFiles(folder, "*.pcap", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)];
        while (sink.Batches.Count == 0)
        {
            foreach (byte[] capture in captures)
            {
                var pipeline = new ReplyPipeline(agent, new CollectorIdentity("e2e", 1), new ReplyOptions { Format = ReplyFormat.Pcap },
                    output, new ReplyCounters());
                Assert.Equal(ReplyStep.NeedsInput, pipeline.Process(capture, 1, out _));
            }
        }
        return sink.Batches[0];
    }
}
