using Confluent.Kafka;
using EndToEnd.Tests.ClickHouse;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Tests.Api;
using Suite.Tests.Records;

namespace SaimirisGateway.Tests.Replies.Results.ClickHouse;

/// <summary>Tests <c>--clickhouse-url</c>: a real ClickHouse reads the replies from Kafka, and the pages come from it.</summary>
[Trait("Needs", "Daemon")]
public sealed class ClickHouseHistoryTests : IAsyncLifetime
{
    // One for each shard of the gateway.
    private const int Partitions = 2;

    private const string Columns = """
        timeReceivedNs UInt64, agentId String, replySrcAddr FixedString(16), replyDstAddr FixedString(16), replyId UInt16,
        replySize UInt16, replyTtl UInt8,
        replyQuotedTtl UInt8, replyProtocol UInt8, replyIcmpType UInt8, replyIcmpCode UInt8, replyMplsLabel Array(Tuple(UInt32, UInt8,
        UInt8, UInt8)),
        probeSrcAddr FixedString(16), probeDstAddr FixedString(16), probeId UInt16, probeSize UInt16, probeTtl UInt8,
        probeProtocol UInt8, probeSrcPort UInt16,
        probeDstPort UInt16, rtt UInt16, measurementId String, rttMicros UInt32, timeGatewayNs UInt64, collectorEpochNs UInt64,
        sequence UInt64, collectorId String
        """;

    // Section 5.3 of the deployment's contract, and docs/reference/records.md for the appended columns.
    private const string Table = """
        CREATE TABLE saimiris.replies (date Date, time_inserted_ns DateTime, time_received_ns UInt64, agent_id String,
        reply_src_addr FixedString(16),
        reply_dst_addr FixedString(16), reply_id UInt16, reply_size UInt16, reply_ttl UInt8, reply_quoted_ttl UInt8,
        reply_protocol UInt8, reply_icmp_type UInt8,
        reply_icmp_code UInt8, reply_mpls_labels Array(Tuple(UInt32, UInt8, UInt8, UInt8)), probe_src_addr FixedString(16),
        probe_dst_addr FixedString(16),
        probe_id UInt16, probe_size UInt16, probe_ttl UInt8, probe_protocol UInt8, probe_src_port UInt16, probe_dst_port UInt16, rtt UInt16,
        measurement_id String, rtt_micros UInt32, time_gateway_ns UInt64, collector_epoch_ns UInt64, sequence UInt64, collector_id String)
        ENGINE = MergeTree PARTITION BY date ORDER BY (time_received_ns, agent_id, probe_protocol, probe_src_addr, probe_dst_addr,
        probe_src_port, probe_dst_port, probe_ttl)
        """;

    private const string Copy = """
        INSERT INTO saimiris.replies SELECT toDate(intDiv(timeReceivedNs, 1000000000)), now(), timeReceivedNs, agentId, replySrcAddr,
        replyDstAddr, replyId, replySize,
        replyTtl, replyQuotedTtl, replyProtocol, replyIcmpType, replyIcmpCode, `replyMplsLabel.1`, `replyMplsLabel.2`,
        `replyMplsLabel.3`, `replyMplsLabel.4`, probeSrcAddr, probeDstAddr, probeId, probeSize, probeTtl, probeProtocol,
        probeSrcPort, probeDstPort, rtt, measurementId, rttMicros, timeGatewayNs, collectorEpochNs, sequence,
        collectorId FROM saimiris.from_kafka
        """;

    private ClickHouseServer _server = null!;
    private OldClickHouseProxy _proxy = null!;
    private ApiGateway _gateway = null!;
    private IConsumer<Ignore, byte[]> _consumer = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Programs.Need("clickhouse-server", "clickhouse-client");
        _server = await ClickHouseServer.StartAsync(Cancel);
        await _server.QueryAsync("CREATE DATABASE saimiris", default, Cancel);
        await _server.QueryAsync($"CREATE TABLE saimiris.from_kafka ({Columns}) ENGINE = Memory", default, Cancel);
        await _server.QueryAsync(Table, default, Cancel);
        _proxy = new OldClickHouseProxy(_server.Http);
        await _proxy.StartAsync();
        // The memory holds almost nothing, so the pages come from ClickHouse.
        _gateway = await ApiGateway.StartAsync(
            change: RepliesFixture.With(new ResultOptions { ClickHouseUrl = _proxy.Url, MemoryBytes = 1 }));
        _consumer = new ConsumerBuilder<Ignore,
            byte[]>(new ConsumerConfig { BootstrapServers = _gateway.Bootstrap, GroupId = "clickhouse", EnableAutoCommit = false }).Build();
        _consumer.Assign(Enumerable.Range(0, Partitions).Select(partition =>
            new TopicPartitionOffset("saimiris-replies", partition, Offset.Beginning)));
    }

    public async ValueTask DisposeAsync()
    {
        _consumer?.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        if (_proxy is not null)
            await _proxy.StopAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Fact]
    public async Task Ten_thousand_replies_are_paged_through_without_a_loss_or_a_repeat_also_where_Kafka_delivered_twice()
    {
        var measurement = await Measurement.BeginAsync(_gateway, agents: 3);
        var other = await Measurement.BeginAsync(_gateway);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000;
        await measurement.UploadAsync(0, now, 6000);
        await measurement.UploadAsync(1, now + 6000, 4000);
        await other.UploadAsync(0, now, 50);
        await LoadAsync(records: 10_050);
        await _server.QueryAsync(Copy + " LIMIT 3000", default, Cancel);

        var (replies, cursor, pages) = await measurement.AllPagesAsync(limit: 1500);
        Assert.Equal(7, pages);
        Assert.Equal(RepliesOf.Times(now, 10_000), replies.Select(Measurement.CapturedAt).Order());
        Assert.Equal(replies.OrderBy(r => r.GetProperty("sequence").GetInt64()).ThenBy(r =>
            r.GetProperty("agentId").GetString(), StringComparer.Ordinal), replies);
        await measurement.UploadAsync(2, now + 10_000, 10);
        await LoadAsync(records: 10);
        Assert.Equal(RepliesOf.Times(now + 10_000, 10),
            (await measurement.AllPagesAsync(limit: 1500, cursor)).Replies.Select(Measurement.CapturedAt));
        // No value of a user or an agent is in the text.
        Assert.All(_proxy.Queries, sql => Assert.DoesNotContain(measurement.Id, sql, StringComparison.Ordinal));
        Assert.All(_proxy.Queries, sql => Assert.DoesNotContain(measurement.Agents[0], sql, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_from_ClickHouse_is_the_same_JSON_as_one_from_memory()
    {
        await using var fromMemory = await ApiGateway.StartAsync();
        var measurement = await Measurement.BeginAsync(_gateway);
        byte[] body = await CapnpTool.ConvertAsync("text:binary", System.Text.Encoding.UTF8.GetBytes($"""
            (timeReceivedNs = {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}123456,
            replySrcAddr = 0x"00000000000000000000ffffc0000201", replyDstAddr = 0x"20010db8000000000000000000000009", replyId = 65535,
            replySize = 156, replyTtl = 250, replyQuotedTtl = 1, replyProtocol = 1, replyIcmpType = 11, replyIcmpCode = 1,
            replyMplsLabel = [(label = 16000, exp = 5, ttl = 254), (label = 3, sBit = 1)],
            probeSrcAddr = 0x"20010db8000000000000000000000009", probeDstAddr = 0x"20010db8000000000000000000000001", probeId = 7,
            probeSize = 35, probeTtl = 5,
            probeProtocol = 17, probeSrcPort = 24000, probeDstPort = 33434, rtt = 123, rttMicros = 12345,
            measurementId = "{measurement.Id}")
            """), RepositoryFolder.Schema("reply"), "Reply", Cancel);
        await measurement.UploadAsync(0, body, 1, "application/vnd.capnproto");
        await using (var live = await LiveClient.OpenAsync(measurement))
        {
            // The memory always has the last chunk.
            var kept = (await live.RepliesAsync(1)).Single();
            await LoadAsync(records: 1);
            var page = await measurement.PageAsync();
            Assert.Equal("clickhouse", page.GetProperty("source").GetString());
            Assert.Equal(kept.GetRawText(), Assert.Single(page.GetProperty("replies").EnumerateArray()).GetRawText());
        }
    }

    [Fact]
    public async Task A_failure_of_ClickHouse_is_503_without_its_text()
    {
        var measurement = await Measurement.BeginAsync(_gateway);
        _proxy.Failure = 500;
        foreach (string accept in (string[])["application/json", "application/x-ndjson"])
        {
            using var request = measurement.Request(accept);
            using var response = await _gateway.Client.SendAsync(request, Cancel);
            Assert.Equal((503, "1"), ((int)response.StatusCode, response.Headers.RetryAfter?.ToString()));
            Assert.Equal("""{"error":503,"message":"the replies cannot be read at the moment: ask again later"}""",
                await response.Content.ReadAsStringAsync(Cancel));
        }
        Assert.Contains("saimiris_gateway_results_history_errors_total 2", await _gateway.MetricsAsync(), StringComparison.Ordinal);
        Assert.Contains("Memory limit (total) exceeded", _gateway.Log.Text, StringComparison.Ordinal);
        // The log names a table that was not migrated.
        _proxy.Failure = null;
        await _server.QueryAsync("ALTER TABLE saimiris.replies DROP COLUMN rtt_micros", default, Cancel);
        Assert.Equal(503, (await _gateway.GetAsync(measurement.Path, measurement.User)).Status);
        Assert.Contains("rtt_micros", _gateway.Log.Text, StringComparison.Ordinal);
    }

    // The Kafka engine and its view do the same: first each value as it is, then column by column.
    private async Task LoadAsync(int records)
    {
        await _server.QueryAsync("DROP TABLE saimiris.from_kafka", default, Cancel);
        await _server.QueryAsync($"CREATE TABLE saimiris.from_kafka ({Columns}) ENGINE = Memory", default, Cancel);
        for (int loaded = 0; loaded < records;)
        {
            var message = _consumer.Consume(TimeSpan.FromMinutes(5));
            Assert.NotNull(message);
            await _server.QueryAsync("INSERT INTO saimiris.from_kafka FORMAT CapnProto", message.Message.Value, Cancel, "reply:Reply");
            loaded = int.Parse(await _server.QueryAsync("SELECT count() FROM saimiris.from_kafka", default, Cancel),
                System.Globalization.CultureInfo.InvariantCulture);
        }
        await _server.QueryAsync(Copy, default, Cancel);
    }
}
