using Captures.Pcap;
using Pesto.Frame;
using Pesto.Pipeline;
using Pesto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Replay.Decode;

/// <summary>The flow samples of one capture file: each sFlow datagram, on any port, through the pipeline of pesto.</summary>
internal sealed class FlowCapture
{
    private readonly PestoPipeline _pipeline;
    private readonly TopicWriter _flows;
    private readonly TopicWriter? _interfaceCounters;

    public FlowCapture(DecodeOptions options, RecordPrinter printer)
    {
        _flows = Topic(RecordPrinter.Flows, printer);
        _interfaceCounters = options.Counters ? Topic(RecordPrinter.InterfaceCounters, printer) : null;
        _pipeline = new PestoPipeline(new CollectorIdentity(options.CollectorId, 0), new PipelineOptions { IncludeIpv4 = options.IncludeIpv4 },
            new PipelineOutputs { Flows = _flows, Counters = _interfaceCounters });
    }

    public PestoCounters Counters => _pipeline.Counters;

    /// <summary>Datagrams of which the capture does not hold all octets: the service would have got them whole.</summary>
    public long Cut { get; private set; }

    public void Read(PcapReader reader)
    {
        while (reader.TryRead(out var packet))
        {
            if (!CapturedService.TryReadSFlow(packet, out var datagram))
                continue;
            if (datagram.Payload.Length < datagram.PayloadLength)
            {
                Cut++;
                continue;
            }
            // The printer gives every batch back at once, so there is always a free one.
            _pipeline.Process(datagram.Payload.Span, new ExporterEndPoint(datagram.Source, datagram.SourcePort), (long)datagram.TimeNs);
            _flows.CloseDue(always: true);
            _interfaceCounters?.CloseDue(always: true);
        }
    }

    private static TopicWriter Topic(string name, RecordPrinter printer) =>
        new(name, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, printer, TimeProvider.System);
}
