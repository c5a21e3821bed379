using Captures.Pcap;
using Pesto.Frame;
using Pesto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>Loads a full Kafka value of flows into a real ClickHouse, in the types that 18.16 has.</summary>
public class FlowTableTests
{
    private const int BatchBytes = 990_000, NearlyFull = 980_000;

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
        var table = new OldClickHouseTable(TopicTable.Flows);
        await server.QueryAsync(table.Create, default, cancel);
        await server.QueryAsync(OldClickHouseTable.Insert, batch.Value, cancel, "sflow:SFlowFlowRecord");
        string[] rows = (await server.QueryAsync(table.Select, default, cancel)).TrimEnd('\n').Split('\n');

        Assert.Equal(records.Select(table.RowOf).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    internal static BatchCopy FullBatchOfFlows()
    {
        var sink = new MemorySink();
        var flows = new TopicWriter("flows", new BatchOptions
        {
            MaxBytes = BatchBytes,
            MaxRecordBytes = PipelineOutputs.MaxRecordBytes,
            Shards = 1
        }, sink, TimeProvider.System);
        var pipeline = new ShardedPipeline(new CollectorIdentity("e2e", 1), new PipelineOptions { IncludeIpv4 = true },
            new PipelineOutputs { Flows = flows });
        var dispatcher = pipeline.CreateDispatcher();
        while (sink.Batches.Count == 0)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Captures, "sflow"), "*.pcap.gz",
                SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                using var reader = PcapReader.Open(file);
                while (reader.TryRead(out var packet))
                {
                    if (IpPacket.TryRead(packet, out var ip) == PacketSkip.None && UdpDatagram.TryRead(ip, out var datagram))
                        dispatcher.Process(datagram.Payload.Span, new ExporterEndPoint(datagram.Source, datagram.SourcePort),
                            (long)datagram.TimeNs);
                }
            }
        }
        dispatcher.Release();
        return sink.Batches[0];
    }
}
