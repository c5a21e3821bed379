using Captures.Pcap;
using Pesto.Frame;
using Pesto.Pipeline;
using Shared.Records;
using Shared.Records.Batch;

namespace Replay.Decode;

/// <summary>Runs the sFlow datagrams of one capture file, on any port, through the pipeline of pesto.</summary>
internal sealed class FlowCapture
{
    private readonly ShardedPipeline _pipeline;
    private readonly ShardDispatcher _dispatcher;
    private readonly TopicWriter _flows;
    private readonly TopicWriter? _interfaceCounters;

    public FlowCapture(DecodeOptions options, RecordPrinter printer)
    {
        _flows = Topic(RecordPrinter.Flows, printer);
        _interfaceCounters = options.Counters ? Topic(RecordPrinter.InterfaceCounters, printer) : null;
        _pipeline = new ShardedPipeline(
            new CollectorIdentity(options.CollectorId, 0), new PipelineOptions { IncludeIpv4 = options.IncludeIpv4 },
            new PipelineOutputs { Flows = _flows, Counters = _interfaceCounters });
        _dispatcher = _pipeline.CreateDispatcher();
    }

    public PipelineCounters Counters => _pipeline.Counters;

    /// <summary>Datagrams that the capture does not hold whole, although the service would have received them whole.</summary>
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
            // The printer returns each batch at once, so that one is always free.
            _dispatcher.Process(datagram.Payload.Span, new ExporterEndPoint(datagram.Source, datagram.SourcePort), (long)datagram.TimeNs);
            _dispatcher.Release();
            _flows.CloseDue(always: true);
            _interfaceCounters?.CloseDue(always: true);
        }
    }

    private static TopicWriter Topic(string name, RecordPrinter printer) =>
        new(name, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, printer, TimeProvider.System);
}
