using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

public class ClickHouseTests
{
    private const int BatchBytes = 990_000, NearlyFull = 980_000;

    [Fact]
    public async Task A_full_batch_loads_with_the_values_that_capnp_reads()
    {
        var cancel = TestContext.Current.CancellationToken;
        Programs.Need("clickhouse-server", "clickhouse-client", "capnp");
        var batch = FullBatch.FromCaptures(BatchBytes);
        Assert.InRange(batch.Value.Length, NearlyFull, BatchBytes);
        var records = await CapnpTool.ReadAsync(batch.Value, RepositoryFolder.Schema("update"), "Update", cancel);
        Assert.Equal(batch.Records, records.Count);

        var table = new OldClickHouseTable(TopicTable.Updates);
        await using var server = await ClickHouseServer.StartAsync(cancel);
        await server.QueryAsync(table.Create, default, cancel);
        await server.QueryAsync(OldClickHouseTable.Insert, batch.Value, cancel);
        string[] rows = (await server.QueryAsync(table.Select, default, cancel)).TrimEnd('\n').Split('\n');

        Assert.Equal(records.Select(table.RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_shipped_column_is_loaded_but_the_one_that_this_ClickHouse_cannot_hold() =>
        Assert.Equal(["asPathSegments"], TopicTable.All.SelectMany(OldClickHouseTable.LeftOut));
}
