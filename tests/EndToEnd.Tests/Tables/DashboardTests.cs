using System.Globalization;
using System.Text.Json;
using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// Runs the queries of the installed dashboards and those of docs/how-to/clickhouse.md on the RIB, and compares their results with
/// counts that the test makes by itself.
/// </summary>
public class DashboardTests(ShippedTables tables) : IClassFixture<ShippedTables>
{
    // Grafana replaces $__timeFilter with this.
    private const string TimeFilter =
        "time_received_ns >= toDateTime64(now() - INTERVAL 1 HOUR, 9) AND time_received_ns <= toDateTime64(now() + INTERVAL 1 MINUTE, 9)";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public async Task Updates_per_minute_of_a_router(string router)
    {
        var server = await tables.EmptyAsync(TopicTable.Updates, Cancel);
        var generator = await GeneratorAsync();
        var records = Enumerable.Range(0, 30).Select(i => generator.Record("Update", NowNs() - (ulong)i * 10_000_000_000,
            ("routerAddr", Bytes(i % 3 == 0 ? "203.0.113.9" : router)))).ToList();
        await new TopicRows(TopicTable.Updates, server).InsertAsync(records, Cancel);
        var expected = records.Where((_, i) => i % 3 != 0).CountBy(Minute).OrderBy(m => m.Key)
            .Select(m => $"{DateTime.UnixEpoch.AddMinutes(m.Key):yyyy-MM-dd HH:mm:ss}\t{m.Value}");
        Assert.Equal(expected, await server.QueryAsync(
            $"SELECT toStartOfMinute(time_received_ns) AS time, count() FROM bmp.updates WHERE router_addr == toIPv6('{router}') AND "
                + $"{TimeFilter} GROUP BY time ORDER BY time", Cancel));
    }

    [Fact]
    public async Task Agents_and_their_results_per_minute()
    {
        var server = await tables.EmptyAsync(TopicTable.Replies, Cancel);
        var generator = await GeneratorAsync();
        var records = Enumerable.Range(0, 30).Select(i => generator.Record("Reply", NowNs() - (ulong)i * 10_000_000_000,
            ("agentId", i % 3 == 0 ? "vltewr01" : "vltcdg01"))).ToList();
        await new TopicRows(TopicTable.Replies, server).InsertAsync(records, Cancel);
        Assert.Equal(["vltcdg01", "vltewr01"], await server.QueryAsync("SELECT DISTINCT agent_id FROM saimiris.replies ORDER BY agent_id",
            Cancel));
        var expected = records.Where((_, i) => i % 3 != 0).CountBy(Minute).OrderBy(m => m.Key)
            .Select(m => $"{DateTime.UnixEpoch.AddMinutes(m.Key):yyyy-MM-dd HH:mm:ss}\t{m.Value}");
        Assert.Equal(expected, await server.QueryAsync(
            $"SELECT toStartOfMinute(time_received_ns) AS time, count() FROM saimiris.replies WHERE agent_id = 'vltcdg01' AND "
                + $"{TimeFilter} GROUP BY time ORDER BY time", Cancel));
    }

    [Fact]
    public async Task Hosts_and_their_traffic_by_second_address_and_port()
    {
        var server = await tables.EmptyAsync(TopicTable.Flows, Cancel);
        var generator = await GeneratorAsync();
        ulong now = NowNs();
        var records = Enumerable.Range(0, 60).Select(i => generator.Record("SFlowFlowRecord", now - (ulong)i * 250_000_000,
            ("agentAddr", Bytes(i % 5 == 0 ? "2001:db8::5" : "2001:db8::1")),
            ("srcIp", Bytes($"2001:db8:1::{i % 13:x}")), ("dstIp", Bytes($"2001:db8:2::{i % 4:x}")), ("length", i + 1),
                ("samplingRate", 1 + i % 2 * 999), ("protocol", i % 2 == 0 ? 6 : 17), ("dstPort", 440 + i % 3))).ToList();
        await new TopicRows(TopicTable.Flows, server).InsertAsync(records, Cancel);
        Assert.Equal(["2001:db8::1", "2001:db8::5"],
            (await server.QueryAsync("SELECT DISTINCT IPv6NumToString(sampler_address) FROM flows.records", Cancel))
            .Order(StringComparer.Ordinal));

        var host = records.Where((_, i) => i % 5 != 0).ToList();
        const string From = "FROM flows.records WHERE sampler_address == toIPv6('2001:db8::1') AND " + TimeFilter;
        const string Sum = "sum(bytes * max2(sampling_rate, 1))";
        Assert.Equal(Sums(host, r => DateTime.UnixEpoch.AddSeconds(Time(r) / 1_000_000_000).ToString("yyyy-MM-dd HH:mm:ss",
            CultureInfo.InvariantCulture)),
            await server.QueryAsync(
                $"SELECT toStartOfSecond(time_received_ns)::DateTime('UTC') AS time, {Sum} {From} GROUP BY time ORDER BY time", Cancel));
        Assert.Equal(Sums(host, r => "2001:db8:1::" + (LastByte(r, "srcIp") is var o && o == 0 ? ""
            : o.ToString("x", CultureInfo.InvariantCulture)), 10),
            Sorted(await server.QueryAsync(
                $"SELECT IPv6NumToString(src_addr) AS addr, {Sum} AS total {From} GROUP BY addr ORDER BY total DESC LIMIT 10", Cancel)));
        Assert.Equal(Sums(host, r => "2001:db8:2::" + (LastByte(r, "dstIp") is var o && o == 0 ? ""
            : o.ToString("x", CultureInfo.InvariantCulture)), 10),
            Sorted(await server.QueryAsync(
                $"SELECT IPv6NumToString(dst_addr) AS addr, {Sum} AS total {From} GROUP BY addr ORDER BY total DESC LIMIT 10", Cancel)));
        Assert.Equal(Sums(host, r => $"{r.GetProperty("protocol")}/{r.GetProperty("dstPort")}", 10),
            Sorted(await server.QueryAsync(
                $"SELECT concat(toString(protocol), '/', toString(dst_port)) AS port, {Sum} AS total {From} GROUP BY protocol, dst_port "
                + $"ORDER BY total DESC LIMIT 10", Cancel)));
    }

    [Fact]
    public async Task The_queries_of_the_manual_run()
    {
        var server = await tables.EmptyAsync(TopicTable.Updates, Cancel);
        await server.QueryAsync("TRUNCATE TABLE bmp.current_rib", Cancel);
        var generator = await GeneratorAsync();
        await new TopicRows(TopicTable.Updates, server).InsertAsync(
        [
            .. new[] { ("2001:db8::", 32), ("2001:db8:1::", 48), ("2001:db9::", 32) }
                .Select((p, i) => generator.Record("Update", NowNs(), ("announced", true), ("collectorEpochNs", "1"),
                ("sequence", $"{i + 1}"), ("routerAddr", Bytes("2001:db8::1")), ("afi", 2), ("safi", 1), ("ribView", 1),
                    ("prefixAddr", Bytes(p.Item1)), ("prefixLen", p.Item2))),
        ], Cancel);
        string manual = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "docs", "how-to", "clickhouse.md"));
        string[] queries = [.. manual.Split("```sql\n").Skip(1).Select(block => block.Split("```")[0])
            .SelectMany(block => new SqlFile(block).Statements)];
        Assert.InRange(queries.Length, 4, 20);
        var rows = new Dictionary<string, string[]>();
        foreach (string query in queries)
            rows.Add(query, await server.QueryAsync(query, Cancel));
        // The longest match is the first of two.
        string[] matches = rows.Single(r => r.Key.Contains("ORDER BY prefix_len DESC", StringComparison.Ordinal)).Value;
        Assert.Equal(["2001:db8:1::\t48", "2001:db8::\t32"], matches.Select(m => string.Join('\t', m.Split('\t').Take(2))));
    }

    // The result has the ten largest, or all in the order of their names.
    private static IEnumerable<string> Sums(IEnumerable<JsonElement> flows, Func<JsonElement, string> key, int largest = int.MaxValue) =>
        Sorted(
        flows.GroupBy(key)
            .Select(g => (g.Key, Sum: g.Sum(f => f.GetProperty("length").GetInt64() * f.GetProperty("samplingRate").GetInt64())))
            .OrderByDescending(g => g.Sum).Take(largest).Select(g => $"{g.Key}\t{g.Sum}"));

    private static IEnumerable<string> Sorted(IEnumerable<string> rows) => rows.Order(StringComparer.Ordinal);

    private static long Time(JsonElement record) => long.Parse(record.GetProperty("timeReceivedNs").GetString()!,
        CultureInfo.InvariantCulture);

    private static long Minute(JsonElement record) => Time(record) / 60_000_000_000;

    private static int LastByte(JsonElement record, string field) => record.GetProperty(field)[15].GetInt32();

    private static async Task<GeneratedRecords> GeneratorAsync() => new(await SchemaLayout.ReadAsync(Cancel), new Random(8));

    private static ulong NowNs() => (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    private static System.Text.Json.Nodes.JsonArray Bytes(string address) => GeneratedRecords.Address(address);
}
