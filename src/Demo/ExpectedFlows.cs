using Captures.Pcap;
using Pesto;
using Pesto.Frame;
using Pesto.Pipeline;
using Replay;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Batch;

namespace Demo;

/// <summary>Counts the records of an sFlow capture with the collector's pipeline in memory, without socket and Kafka.</summary>
internal static class ExpectedFlows
{
    /// <param name="capture">The capture, which the demo also sends.</param>
    /// <param name="options">The topic, and the options that change the output.</param>
    /// <returns>The number of records.</returns>
    /// <exception cref="StartupException">The capture cannot be read.</exception>
    public static long Count(BundledCapture capture, PestoOptions options)
    {
        var sink = new MemorySink();
        var outputs = new PipelineOutputs
        {
            Flows = new TopicWriter(options.FlowsTopic, options.Batches with { Shards = 1 }, sink, TimeProvider.System),
        };
        var pipeline = new ShardedPipeline(new CollectorIdentity(options.CollectorId, 0), options.Pipeline, outputs).CreateDispatcher();
        long records = 0;
        using var file = File.OpenRead(capture.Path);
        using var reader = new PcapReader(file);
        while (reader.TryRead(out var packet))
        {
            if (!CapturedService.TryReadSFlow(packet, out var datagram) || datagram.Payload.Length < datagram.PayloadLength)
                continue;
            pipeline.Process(datagram.Payload.Span, new ExporterEndPoint(datagram.Source, datagram.SourcePort), (long)datagram.TimeNs);
            records += sink.Take().Sum(batch => batch.Records);
        }
        pipeline.Release();
        outputs.Flows.CloseDue(always: true);
        return reader.Error is { } fault
            ? throw new StartupException($"{capture.Path}: {fault}")
            : records + sink.Take().Sum(batch => batch.Records);
    }
}
