using Risotto;
using Risotto.Decode;
using Shared.Batch;
using Shared.PcapReplay;
using Shared.Wire;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>One Kafka value as full as it gets, made of the bundled captures of real routers.</summary>
internal static class FullBatch
{
    public static StoredBatch Of(int maxBytes)
    {
        var sink = new MemorySink();
        var options = new BatchOptions { MaxBytes = maxBytes, MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 };
        var outputs = new PipelineOutputs { Updates = new BatchOutput("updates", options, sink, TimeProvider.System) };
        string folder = Path.Combine(RepositoryFolder.Captures, "bmp");
        string[] captures = [.. Directory.EnumerateFiles(folder, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        while (sink.Batches.Count == 0)
        {
            foreach (string capture in captures)
                Feed(capture, outputs);
        }
        return sink.Batches[0];
    }

    private static void Feed(string capture, PipelineOutputs outputs)
    {
        using var reader = PcapReader.Open(capture);
        var flows = new Dictionary<TcpFlow, (RisottoPipeline Pipeline, List<byte> Pending)>();
        foreach (var chunk in TcpStreams.ReadAll(reader))
        {
            if (!flows.TryGetValue(chunk.Flow, out var flow))
            {
                var pipeline = new RisottoPipeline(new RouterState(chunk.Flow.Source), chunk.Flow.SourcePort, new CollectorIdentity("e2e", 1),
                    new PipelineOptions(), outputs, new RouterCounters());
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
