using System.Net;
using System.Text.Json;
using Captures.Pcap;
using Pesto.Frame;
using Pesto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Suite.Tests.Golden;
using Suite.Tests.Records;
using Suite.Tests.Replay;

namespace Suite.Tests.Schemas;

/// <summary>
/// Reads records of flows and interface counters under the schemas of today and of the first version, with the capnp tool.
/// </summary>
public class FlowSchemaTests
{
    private static readonly string FirstVersion = Path.Combine(RepositoryFolder.Captures, "schemas", "sflow-v1.capnp");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Captures => [.. FlowCaptures.Names];

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task The_capnp_tool_reads_what_replay_prints(string capture)
    {
        var (flows, counters) = Decode(capture);
        var printed = await ReplayRun.RunAsync("decode", FlowCaptures.PathOf(capture), "--service", "pesto", "--include-ipv4",
            "--counters-enable", "--collector-id", "schema");
        AssertSame(await CapnpTool.ReadAsync(flows, RepositoryFolder.Schema("sflow"), "SFlowFlowRecord", Cancel),
            [.. printed.Records.Where(r => r.TryGetProperty("samplingRate", out _))]);
        AssertSame(await CapnpTool.ReadAsync(counters, RepositoryFolder.Schema("sflow-counters"), "SFlowCounterRecord", Cancel),
            [.. printed.Records.Where(r => r.TryGetProperty("ifIndex", out _))]);
    }

    [Fact]
    public async Task Every_flow_reads_the_same_under_both_versions()
    {
        foreach (string capture in FlowCaptures.Names.Where(c => c.StartsWith("repository/", StringComparison.Ordinal)))
        {
            var value = Decode(capture).Flows;
            var today = await CapnpTool.ReadAsync(value, RepositoryFolder.Schema("sflow"), "SFlowFlowRecord", Cancel);
            var first = await CapnpTool.ReadAsync(value, FirstVersion, "SFlowFlowRecord", Cancel);
            Assert.NotEmpty(today);
            Assert.Equal(today.Count, first.Count);
            foreach (var (now, then) in today.Zip(first))
            {
                Assert.Equal(21, then.EnumerateObject().Count());
                foreach (var field in then.EnumerateObject())
                    Assert.True(JsonElement.DeepEquals(field.Value, now.GetProperty(field.Name)), $"{capture}: {field.Name}");
            }
        }
    }

    private static void AssertSame(IReadOnlyList<JsonElement> byTool, IReadOnlyList<JsonElement> printed)
    {
        Assert.Equal(printed.Count, byTool.Count);
        foreach (var (tool, ours) in byTool.Zip(printed))
        {
            foreach (var field in ours.EnumerateObject())
            {
                string read = tool.TryGetProperty(field.Name, out var value) ? Text(value, field.Name) : "";
                Assert.True(read == Text(field.Value, field.Name), $"{field.Name}: the tool reads {read}, replay prints {field.Value}");
            }
            Assert.All(tool.EnumerateObject(), field => Assert.True(ours.TryGetProperty(field.Name, out _), field.Name));
        }
    }

    // The tool shows Data as a list of bytes, and leaves out null pointers.
    private static string Text(JsonElement value, string field)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return "";
        if (value.ValueKind != JsonValueKind.Array)
            return value.ToString();
        if (field is "asPath" or "communities")
            return string.Join(' ', value.EnumerateArray());
        byte[] bytes = [.. value.EnumerateArray().Select(o => o.GetByte())];
        return bytes.Length == 0 ? "" : Text(new IPAddress(bytes));
    }

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    private static (byte[] Flows, byte[] Counters) Decode(string capture)
    {
        var sink = new MemorySink();
        var outputs = new PipelineOutputs { Flows = Topic("flows"), Counters = Topic("counters") };
        var pipeline = new ShardedPipeline(new CollectorIdentity("schema", 0), new PipelineOptions { IncludeIpv4 = true }, outputs)
            .CreateDispatcher();
        using var reader = PcapReader.Open(FlowCaptures.PathOf(capture));
        while (reader.TryRead(out var packet))
        {
            if (global::Replay.CapturedService.TryReadSFlow(packet, out var datagram))
            {
                var source = new ExporterEndPoint(datagram.Source, datagram.SourcePort);
                Assert.Equal(DatagramResult.Taken, pipeline.Process(datagram.Payload.Span, source, (long)datagram.TimeNs));
            }
        }
        pipeline.Release();
        outputs.Flows.CloseDue(always: true);
        outputs.Counters.CloseDue(always: true);
        return (Value("flows"), Value("counters"));

        TopicWriter Topic(string name) =>
            new(name, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink, TimeProvider.System);
        byte[] Value(string topic) => [.. sink.Batches.Where(b => b.Topic == topic).SelectMany(b => b.Value.ToArray())];
    }
}
