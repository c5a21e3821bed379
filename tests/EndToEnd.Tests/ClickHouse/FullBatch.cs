using Captures.Pcap;
using Captures.Reassembly;
using Risotto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.Wire;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>Makes one Kafka value as full as it gets from the bundled captures of real routers.</summary>
internal static class FullBatch
{
    public static BatchCopy FromCaptures(int maxBytes)
    {
        var sink = new MemorySink();
        var options = new BatchOptions { MaxBytes = maxBytes, MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        var outputs = new PipelineOutputs { Updates = new TopicWriter("updates", options, sink, TimeProvider.System) };
        string folder = Path.Combine(RepositoryFolder.Captures, "bmp");
        string[] captures = [.. Directory.EnumerateFiles(folder, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        while (sink.Batches.Count == 0)
        {
            foreach (string capture in captures)
                Process(capture, outputs);
        }
        return sink.Batches[0];
    }

    /// <summary>Returns all records of a bundled capture, as one Kafka value of any length would hold them.</summary>
    public static byte[] FromCapture(string name)
    {
        var sink = new MemorySink();
        var outputs = new PipelineOutputs
        {
            Updates = new TopicWriter("updates",
            new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink, TimeProvider.System)
        };
        Process(Path.Combine(RepositoryFolder.Captures, "bmp", name, "input.pcap"), outputs);
        outputs.Updates.CloseDue(always: true);
        return [.. sink.Batches.SelectMany(b => b.Value.ToArray())];
    }

    private static void Process(string capture, PipelineOutputs outputs)
    {
        using var reader = PcapReader.Open(capture);
        // Sessions of a router count its records together.
        var routers = new Dictionary<Ipv6Address, RouterState>();
        var flows = new Dictionary<TcpFlow, (RisottoPipeline Pipeline, List<byte> Pending)>();
        foreach (var chunk in CapturedStreams.Read(reader))
        {
            if (!flows.TryGetValue(chunk.Flow, out var flow))
            {
                if (!routers.TryGetValue(chunk.Flow.Source, out var router))
                    routers.Add(chunk.Flow.Source, router = new RouterState(chunk.Flow.Source));
                var pipeline = new RisottoPipeline(router, chunk.Flow.SourcePort, new CollectorIdentity("e2e", 1),
                    new PipelineOptions(), outputs, new SessionCounters());
                flows.Add(chunk.Flow, flow = (pipeline, []));
            }
            flow.Pending.AddRange(chunk.Data.Span);
            flow.Pipeline.Process([.. flow.Pending], chunk.TimeNs, out int consumed);
            flow.Pending.RemoveRange(0, consumed);
        }
        foreach (var (pipeline, _) in flows.Values)
            pipeline.EndOfStream(0);
    }
}
