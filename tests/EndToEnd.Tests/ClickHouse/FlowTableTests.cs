using System.Text.Json;
using Pesto;
using Shared.Batch;
using Shared.PcapReplay;
using Suite.Tests.Records;
using Xunit;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>A full Kafka value of flows through a real ClickHouse, in the types that 18.16 has.</summary>
public class FlowTableTests
{
    private const int BatchBytes = 990_000, NearlyFull = 980_000;

    private static readonly string[] Numbers =
    [
        "timeReceivedNs UInt64", "agentPort UInt16", "agentSubId UInt32", "datagramSequenceNumber UInt32", "uptime UInt32", "sampleSequenceNumber UInt32", "sourceId UInt32",
        "samplingRate UInt32", "samplePool UInt32", "drops UInt32", "inputInterface UInt32", "outputInterface UInt32", "length UInt32", "protocol UInt32", "srcPort UInt32",
        "dstPort UInt32", "tcpFlags UInt32", "tos UInt32", "collectorEpochNs UInt64", "sequence UInt64", "frameLength UInt32", "etherType UInt16", "vlanIn UInt16",
        "vlanOut UInt16", "srcPrefixLen UInt8", "dstPrefixLen UInt8", "icmpType UInt8", "icmpCode UInt8", "flowLabel UInt32", "srcAs UInt32", "dstAs UInt32",
        "srcPeerAs UInt32", "routerAs UInt32", "localPref UInt32", "present UInt32", "inputFormat UInt8", "outputFormat UInt8", "sourceIdType UInt8", "isFragment UInt8",
    ];

    private static readonly string[] Addresses = ["agentAddr", "srcIp", "dstIp", "exporterAddr"];

    [Fact]
    public async Task A_full_batch_of_flows_loads_with_the_values_that_capnp_reads()
    {
        var cancel = TestContext.Current.CancellationToken;
        Programs.Need("clickhouse-server", "clickhouse-client", "capnp");
        var batch = FullBatchOfFlows();
        Assert.InRange(batch.Value.Length, NearlyFull, BatchBytes);
        var records = await CapnpTool.ReadAsync(batch.Value, RepositoryFolder.Schema("sflow"), "SFlowFlowRecord", cancel);
        Assert.Equal(batch.Records, records.Count);

        await using var server = await ClickHouseServer.StartAsync(cancel);
        string columns = string.Join(", ", [.. Numbers, .. Addresses.Select(a => a + " FixedString(16)"), "collectorId String"]);
        await server.QueryAsync($"CREATE TABLE flows ({columns}) ENGINE = Memory", default, cancel);
        await server.QueryAsync("INSERT INTO flows FORMAT CapnProto", batch.Value, cancel, "sflow:SFlowFlowRecord");
        string[] rows = (await server.QueryAsync(Select, default, cancel)).TrimEnd('\n').Split('\n');

        Assert.Equal(records.Select(RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static string Select => "SELECT " + string.Join(", ",
        [.. Numbers.Select(n => $"toString({n.Split(' ')[0]})"), .. Addresses.Select(a => $"lower(hex({a}))"), "collectorId"]) + " FROM flows FORMAT TabSeparatedRaw";

    private static string RowOf(JsonElement flow) => string.Join('\t',
    [
        .. Numbers.Select(n => Number(flow.GetProperty(n.Split(' ')[0]))),
        .. Addresses.Select(a => Convert.ToHexStringLower([.. flow.GetProperty(a).EnumerateArray().Select(o => o.GetByte())])),
        flow.GetProperty("collectorId").GetString()!,
    ]);

    private static string Number(JsonElement value) => value.ValueKind switch { JsonValueKind.True => "1", JsonValueKind.False => "0", _ => value.ToString() };

    private static StoredBatch FullBatchOfFlows()
    {
        var sink = new MemorySink();
        var flows = new BatchOutput("flows", new BatchOptions { MaxBytes = BatchBytes, MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink, TimeProvider.System);
        var pipeline = new PestoPipeline(new CollectorIdentity("e2e", 1), new PipelineOptions { IncludeIpv4 = true }, new PipelineOutputs { Flows = flows });
        while (sink.Batches.Count == 0)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Captures, "sflow"), "*.pcap.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                using var reader = PcapReader.Open(file);
                while (reader.TryRead(out var packet))
                {
                    if (IpPacket.TryRead(packet, out var ip) == PacketSkip.None && UdpDatagram.TryRead(ip, out var datagram))
                        pipeline.Process(datagram.Payload.Span, new ExporterEndPoint(datagram.Source, datagram.SourcePort), (long)datagram.TimeNs);
                }
            }
        }
        return sink.Batches[0];
    }
}
