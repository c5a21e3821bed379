using Captures.Pcap;
using Pesto;
using Pesto.Frame;
using Pesto.Pipeline;
using Replay;
using Shared.Hosting.Service;
using Shared.Records;
using Shared.Records.Batch;

namespace Demo;

/// <summary>What an sFlow capture makes, counted by the collector's pipeline in memory: no socket, no Kafka.</summary>
internal static class ExpectedFlows
{
    /// <param name="capture">Read as it will be sent.</param>
    /// <param name="options">The topic, and what changes the output.</param>
    /// <returns>Records.</returns>
    /// <exception cref="StartupException">The capture cannot be read.</exception>
    public static long Of(BundledCapture capture, PestoOptions options)
    {
        var sink = new MemorySink();
        var outputs = new PipelineOutputs { Flows = new TopicWriter(options.FlowsTopic, options.Batches with { Shards = 1 }, sink, TimeProvider.System) };
        var pipeline = new PestoPipeline(new CollectorIdentity(options.CollectorId, 0), options.Pipeline, outputs);
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
        outputs.Flows.CloseDue(always: true);
        return reader.Error is { } fault ? throw new StartupException($"{capture.Path}: {fault}") : records + sink.Take().Sum(batch => batch.Records);
    }
}
