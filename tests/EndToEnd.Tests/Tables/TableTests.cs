using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// Runs the SQL as shipped on today's ClickHouse, with a Null table instead of each Kafka table, and tests that rows arrive unchanged.
/// </summary>
public class TableTests(ShippedTables tables) : IClassFixture<ShippedTables>
{
    private const int Records = 50;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tables => [.. TopicTable.All.Select(t => t.Table)];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Every_field_arrives_with_its_value_and_good_rows_flow_among_values_that_cannot_be_read(string table)
    {
        var topic = TopicTable.Named(table);
        var server = await tables.EmptyAsync(topic, Cancel);
        var records = (await GeneratorAsync()).Make(topic.Struct, Records, NowNs());
        var rows = new TopicRows(topic, server);
        await rows.InsertAmongErrorsAsync(records, "unexpected end of message", "00ff0a27", Cancel);

        Assert.Equal(rows.Expected(records), await rows.ReadAsync(Cancel));
        Assert.Equal([$"{Records}\tunexpected end of message\t00FF0A27"],
            await server.QueryAsync($"SELECT count(), error, hex(raw_message) FROM {topic.Errors} GROUP BY ALL", Cancel));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Nanoseconds_are_exact_the_date_is_the_partition_and_rows_go_after_seven_days(string table)
    {
        var topic = TopicTable.Named(table);
        var server = await tables.EmptyAsync(topic, Cancel);
        var generator = await GeneratorAsync();
        var midnight = DateTimeOffset.UtcNow.UtcDateTime.Date;
        // One second before midnight UTC, with nanoseconds that a float of 64 bits cannot hold.
        DateTime[] days = [midnight - 9 * Day, midnight - 6 * Day, midnight];
        var records = days.Select(day => generator.Record(topic.Struct, Ns(day + Day) - 1_000_000_000 + 123_456_789)).ToList();
        await new TopicRows(topic, server).InsertAsync(records, Cancel);

        Assert.Equal(days.Select(d => $"{d:yyyy-MM-dd}\t{d:yyyy-MM-dd} 23:59:59.123456789"),
            await server.QueryAsync($"SELECT date, time_received_ns FROM {topic.Table} ORDER BY time_received_ns", Cancel));
        string[] parts = topic.Table.Split('.');
        Assert.Equal(days.Select(d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            await server.QueryAsync(
                $"SELECT DISTINCT partition FROM system.parts WHERE active AND database = '{parts[0]}' AND table = '{parts[1]}' ORDER BY "
                + $"1", Cancel));
        Assert.Equal(["1"],
            await server.QueryAsync(
            $"SELECT max(abs(dateDiff('second', time_inserted_ns, now64(9)))) < 60 AND max(toUnixTimestamp64Nano(time_inserted_ns) % "
            + $"1000000000) > 0 FROM {topic.Table}", Cancel));

        Assert.Equal(["1"],
            await server.QueryAsync(
            $"SELECT endsWith(engine_full, ' TTL date + toIntervalDay(7) SETTINGS index_granularity = 8192') FROM system.tables WHERE "
            + $"database = '{parts[0]}' AND name = '{parts[1]}'", Cancel));
        await server.QueryAsync($"SYSTEM START TTL MERGES {topic.Table}", Cancel);
        await server.QueryAsync($"ALTER TABLE {topic.Table} MATERIALIZE TTL SETTINGS mutations_sync = 2", Cancel);
        Assert.Equal(days.Skip(1).Select(d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            await server.QueryAsync($"SELECT date FROM {topic.Table} ORDER BY date", Cancel));
    }

    [Theory]
    [InlineData("bmp.updates", "updates/announcement-v1.hex")]
    [InlineData("bmp.updates", "updates/synthetic-withdrawal-v1.hex")]
    [InlineData("saimiris.replies", "reply-messages/time-exceeded-v1.hex")]
    public async Task A_message_of_the_first_version_arrives_with_further_columns_empty(string table, string message)
    {
        Programs.Need("capnp");
        var topic = TopicTable.Named(table);
        var server = await tables.EmptyAsync(topic, Cancel);
        byte[] bytes = Convert.FromHexString(File.ReadAllText(Path.Combine(RepositoryFolder.Captures, message)).ReplaceLineEndings(""));
        var records = await CapnpTool.ReadAsync(bytes, Path.Combine(RepositoryFolder.Captures, "schemas", topic.Schema + "-v1.capnp"),
            topic.Struct, Cancel);
        var rows = new TopicRows(topic, server);
        await rows.InsertAsync(records, Cancel);
        Assert.Equal(rows.Expected(records), await rows.ReadAsync(Cancel));
        Assert.Equal(["0\t0\t"], await server.QueryAsync($"SELECT collector_epoch_ns, sequence, collector_id FROM {table}", Cancel));
    }

    // The contract says how a table is ordered and partitioned.
    [Theory]
    [InlineData("bmp.updates", "time_received_ns, router_addr, peer_addr, prefix_addr, prefix_len")]
    [InlineData("flows.records", "time_received_ns, src_addr, dst_addr")]
    [InlineData("saimiris.replies",
        "time_received_ns, agent_id, probe_protocol, probe_src_addr, probe_dst_addr, probe_src_port, probe_dst_port, probe_ttl")]
    public async Task Order_and_partition_are_those_of_the_first_version(string table, string order)
    {
        string[] name = table.Split('.');
        var server = await tables.EmptyAsync(TopicTable.Named(table), Cancel);
        Assert.Equal([$"MergeTree\t{order}\tdate"],
            await server.QueryAsync(
                $"SELECT engine, sorting_key, partition_key FROM system.tables WHERE database = '{name[0]}' AND name = '{name[1]}'",
                Cancel));
    }

    [Fact]
    public async Task A_flow_without_a_sampling_rate_is_left_out_as_in_the_first_version()
    {
        var server = await tables.EmptyAsync(TopicTable.Flows, Cancel);
        var generator = await GeneratorAsync();
        await new TopicRows(TopicTable.Flows, server).InsertAsync(
            [generator.Record("SFlowFlowRecord", NowNs(), ("samplingRate", 0)),
                generator.Record("SFlowFlowRecord", NowNs(), ("samplingRate", 77), ("length", 1500))], Cancel);
        Assert.Equal(["77\t1500\t1500\t1"],
            await server.QueryAsync("SELECT sampling_rate, packet_length, bytes, packets FROM flows.records", Cancel));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task No_value_of_any_field_stops_the_view(string table)
    {
        var topic = TopicTable.Named(table);
        var server = await tables.EmptyAsync(topic, Cancel);
        // The record has the largest numbers, and Data that is far from any address.
        var largest = new JsonObject();
        foreach (var field in (await SchemaLayout.ReadAsync(Cancel))[topic.Struct].Fields)
        {
            JsonNode? value = field.Type switch
            {
                "UInt8" => byte.MaxValue,
                "UInt16" => ushort.MaxValue,
                "UInt32" => uint.MaxValue,
                "UInt64" => ulong.MaxValue.ToString(CultureInfo.InvariantCulture),
                "Data" when topic.KafkaColumns().Single(c => c.Name == field.Name).Type == "String" =>
                    new JsonArray([.. Enumerable.Repeat(255, 300).Select(o => (JsonNode)o)]),
                _ => null,
            };
            if (value is not null)
                largest[field.Name] = value;
        }
        await new TopicRows(topic, server).InsertAsync([JsonSerializer.SerializeToElement(largest),
            JsonSerializer.SerializeToElement(new JsonObject { ["samplingRate"] = 1 })], Cancel);
        Assert.Equal(["2"], await server.QueryAsync($"SELECT count() FROM {topic.Table}", Cancel));
    }

    [Fact]
    public async Task Replies_of_hundreds_of_days_in_one_block_do_not_stop_the_view()
    {
        var server = await tables.EmptyAsync(TopicTable.Replies, Cancel);
        var generator = await GeneratorAsync();
        ulong now = NowNs(), day = 86_400_000_000_000;
        var records = Enumerable.Range(0, 300).Select(i => generator.Record("Reply", now - (ulong)i * day,
            ("timeGatewayNs", now.ToString(CultureInfo.InvariantCulture)))).ToList();
        await new TopicRows(TopicTable.Replies, server).InsertAsync(records, Cancel);
        // Rows keep their own day up to 30 days back. Older ones get the gateway's day.
        Assert.Equal(["300\t31\t270"],
            await server.QueryAsync(
            $"SELECT count(), uniqExact(date), countIf(date = toDate(fromUnixTimestamp64Nano({now}, 'UTC'))) FROM saimiris.replies",
            Cancel));
    }

    private static async Task<GeneratedRecords> GeneratorAsync() => new(await SchemaLayout.ReadAsync(Cancel), new Random(8));

    private static ulong NowNs() => Ns(DateTime.UtcNow) / 1_000_000_000 * 1_000_000_000 + 123_456_789;

    private static ulong Ns(DateTime time) => (ulong)(time - DateTime.UnixEpoch).Ticks * 100;
}
