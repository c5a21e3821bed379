using Suite.Tests.Records;
using Xunit;

namespace EndToEnd.Tests.ClickHouse;

public class ClickHouseTests
{
    private const int BatchBytes = 990_000, NearlyFull = 980_000;

    [Fact]
    public async Task A_full_batch_loads_with_the_values_that_capnp_reads()
    {
        var cancel = TestContext.Current.CancellationToken;
        Programs.Need("clickhouse-server", "clickhouse-client", "capnp");
        var batch = FullBatch.Of(BatchBytes);
        Assert.InRange(batch.Value.Length, NearlyFull, BatchBytes);
        var records = await CapnpTool.ReadAsync(batch.Value, RepositoryFolder.Schema("update"), "Update", cancel);
        Assert.Equal(batch.Records, records.Count);

        await using var server = await ClickHouseServer.StartAsync(cancel);
        await server.QueryAsync(UpdateTable.Create, default, cancel);
        await server.QueryAsync(UpdateTable.Insert, batch.Value, cancel);
        string[] rows = (await server.QueryAsync(UpdateTable.Select, default, cancel)).TrimEnd('\n').Split('\n');

        Assert.Equal(records.Select(UpdateTable.RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_table_has_every_field_of_the_schema_but_the_one_that_this_ClickHouse_cannot_hold()
    {
        Programs.Need("capnp");
        var batch = FullBatch.Of(BatchBytes);
        var records = await CapnpTool.ReadAsync(batch.Value, RepositoryFolder.Schema("update"), "Update", TestContext.Current.CancellationToken);
        var fields = records.SelectMany(r => r.EnumerateObject()).Select(f => f.Name).Distinct();

        // A list within a list of structs has no column type in 18.16.
        Assert.Empty(fields.Except(UpdateTable.Names).Except(["asPathSegments"]));
    }
}
