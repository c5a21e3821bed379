using Pesto.Frame;
using Pesto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Pesto.Tests.Pipeline;

/// <summary>
/// Runs the pipeline over a memory sink and reads its records back with Shared's Cap'n Proto reader, which knows no encoder.
/// </summary>
internal sealed class PipelineRun
{
    private static readonly ExporterEndPoint Exporter = new(Ipv6Address.FromV4(0xC0000263), 50123);

    private readonly MemorySink _sink = new();
    private readonly PipelineOutputs _outputs;
    private readonly ShardedPipeline _pipeline;
    private readonly ShardDispatcher _dispatcher;

    public PipelineRun(bool includeIpv4 = true, string collector = "test")
    {
        var batches = new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        _outputs = new PipelineOutputs
        {
            Flows = new TopicWriter("flows", batches, _sink, TimeProvider.System, Accounts),
            Counters = new TopicWriter("counters", batches, _sink, TimeProvider.System, Accounts),
        };
        _pipeline = new ShardedPipeline(new CollectorIdentity(collector, 7), new PipelineOptions { IncludeIpv4 = includeIpv4 }, _outputs);
        _dispatcher = _pipeline.CreateDispatcher();
    }

    public RecordAccounts Accounts { get; } = new();

    public PipelineCounters Counters => _pipeline.Counters;

    public DatagramResult Process(byte[] datagram, ExporterEndPoint? source = null)
    {
        var result = _dispatcher.Process(datagram, source ?? Exporter, 1_700_000_000_123_456_789);
        _dispatcher.Release();
        return result;
    }

    public byte[] Value(string topic)
    {
        _outputs.Flows.CloseDue(always: true);
        _outputs.Counters!.CloseDue(always: true);
        return [.. _sink.Batches.Where(b => b.Topic == topic).SelectMany(b => b.Value.ToArray())];
    }

    /// <summary>Reads the flows by the offsets of schemas/sflow.capnp.</summary>
    public IReadOnlyList<FlowRecord> Flows()
    {
        var records = new List<FlowRecord>();
        var reader = new MessageReader();
        for (ReadOnlySpan<byte> rest = Value("flows"); !rest.IsEmpty;)
        {
            Assert.True(reader.TryRead(rest, out var record, out int length));
            records.Add(FlowRecord.Read(record));
            rest = rest[length..];
        }
        return records;
    }
}
