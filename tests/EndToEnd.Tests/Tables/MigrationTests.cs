using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>Tests that the script turns an installed database of the first version into today's, with its rows.</summary>
public class MigrationTests
{
    private const string Layout = """
        SELECT table, name, type, default_kind, default_expression, is_in_partition_key, is_in_sorting_key FROM system.columns
        WHERE database IN ('bmp', 'flows', 'saimiris') ORDER BY database, table, position
        """;

    private static readonly Dictionary<string, int> ColumnsOfFirstVersion = new()
    {
        ["bmp.updates"] = 33,
        ["flows.records"] = 16,
        ["saimiris.replies"] = 23
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Installed_tables_become_todays_and_keep_their_rows_while_new_ones_flow()
    {
        await using var server = InProcessClickHouse.Start();
        string path = Path.Combine(Path.GetDirectoryName(InProcessClickHouse.Script)!, "first-version.sql");
        await server.ApplyAsync(new SqlFile(File.ReadAllText(path)), Cancel);
        await server.QueryAsync(
            "INSERT INTO bmp.from_kafka (timeReceivedNs, routerAddr, prefixAddr, prefixLen, announced, asPath) SELECT "
            + "toUnixTimestamp64Nano(now64(9)), '::1', '::ffff:192.0.2.0', number, true, [number] FROM numbers(100)", Cancel);
        await server.QueryAsync(
            "INSERT INTO flows.records (date, time_received_ns, bytes) SELECT today(), now64(9), number FROM numbers(100)", Cancel);
        await server.QueryAsync(
            "INSERT INTO saimiris.replies (date, time_received_ns, rtt, reply_mpls_labels) SELECT today(), now64(9), number, [(number, 1, "
            + "2, 3)] FROM numbers(100)", Cancel);
        var before = new Dictionary<string, string[]>();
        foreach (var (table, count) in ColumnsOfFirstVersion)
            before[table] = await OldColumnsAsync(server, table, count);
        Assert.All(before.Values, rows => Assert.Equal(100, rows.Length));

        await server.ApplyAsync(ApplyScript.WithoutKafka(await ApplyScript.PrintAsync(Cancel)), Cancel);

        await using var fresh = await InProcessClickHouse.StartWithTablesAsync(Cancel);
        Assert.Equal(await fresh.QueryAsync(Layout, Cancel), await server.QueryAsync(Layout, Cancel));
        foreach (var (table, count) in ColumnsOfFirstVersion)
            Assert.Equal(before[table], await OldColumnsAsync(server, table, count));

        var generator = new GeneratedRecords(await SchemaLayout.ReadAsync(Cancel), new Random(8));
        ulong now = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        foreach (var topic in new[] { TopicTable.Updates, TopicTable.Flows, TopicTable.Replies })
        {
            var records = generator.Make(topic.Struct, 10, now);
            var rows = new TopicRows(topic, server);
            await rows.InsertAsync(records, Cancel);
            Assert.Equal(110, (await rows.ReadAsync(Cancel)).Length);
            Assert.Empty(rows.Expected(records).Except(await rows.ReadAsync(Cancel)));
        }
    }

    private static Task<string[]> OldColumnsAsync(InProcessClickHouse server, string table, int count)
    {
        var columns = TopicTable.Named(table).Columns().Take(count).Select(c => ColumnType.Parse(c.Type).Shown(c.Name));
        return server.QueryAsync($"SELECT {string.Join(", ", columns)} FROM {table} ORDER BY ALL", Cancel);
    }
}
