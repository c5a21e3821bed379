using EndToEnd.Tests.Tables;
using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Runs the SQL of every panel of the dashboards, as Grafana sends it, on today's ClickHouse with the shipped tables.</summary>
public sealed class DashboardSqlTests(ShippedTables tables) : IClassFixture<ShippedTables>
{
    private const string Address = "2001:db8::1", Agent = "ams-1";

    private const int Records = 40;

    [Fact]
    public async Task Every_query_gives_rows_where_there_are_records_and_none_for_another_router_agent_or_host()
    {
        var cancel = TestContext.Current.CancellationToken;
        var generator = new GeneratedRecords(await SchemaLayout.ReadAsync(cancel), new Random(8));
        ulong now = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        InProcessClickHouse server = null!;
        foreach (var (topic, field) in new[] { (TopicTable.Updates, "routerAddr"), (TopicTable.Flows, "agentAddr"),
            (TopicTable.Replies, "agentId") })
        {
            server = await tables.EmptyAsync(topic, cancel);
            await new TopicRows(topic, server).InsertAsync(Enumerable.Range(0, Records).Select(i => generator.Record(
                topic.Struct, now - ((ulong)i * 1_000_000_000), (field, field == "agentId" ? Agent : GeneratedRecords.Address(Address)))),
                    cancel);
        }
        var queries = DashboardQuery.All.Where(q => q.DataSource == DashboardQuery.ClickHouse).ToList();
        Assert.InRange(queries.Count, 12, 100);
        List<string> faults = [];
        foreach (var query in queries)
        {
            // The query is wrapped in a count of its rows, because it may select anything.
            string[] found = await TryAsync(server, AsSent(query.Text, Address, Agent), cancel),
                others = await TryAsync(server, AsSent(query.Text, "2001:db8::2", "ams-2"), cancel);
            if (found is not [var count] || !int.TryParse(count, out int rows) || rows == 0)
                faults.Add($"{query}\n  {string.Join('\n', found)}");
            else if (others is not ["0"])
                faults.Add($"{query}\n  gives rows of another router, agent or host");
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    // Replaces macros and variables as Grafana's ClickHouse plugin does.
    private static string AsSent(string sql, string address, string agent)
    {
        string sent = sql.Replace("$__timeFilter(time_received_ns)",
            "time_received_ns >= toDateTime64(now() - INTERVAL 1 HOUR, 9) AND time_received_ns <= toDateTime64(now() + INTERVAL 1 MINUTE, "
            + "9)", StringComparison.Ordinal)
            .Replace("${router}", address, StringComparison.Ordinal).Replace("${host}", address, StringComparison.Ordinal)
                .Replace("${agent}", agent, StringComparison.Ordinal);
        Assert.DoesNotContain('$', sent);
        return $"SELECT count() FROM ({sent})";
    }

    private static async Task<string[]> TryAsync(InProcessClickHouse server, string sql, CancellationToken cancel)
    {
        try
        {
            return await server.QueryAsync(sql, cancel);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            return [e.Message];
        }
    }
}
