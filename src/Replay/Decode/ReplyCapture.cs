using Captures.Pcap;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Replay.Decode;

/// <summary>The replies of one capture file, each packet through the gateway's pipeline: as if the file were a body of one agent.</summary>
internal sealed class ReplyCapture
{
    private readonly ReplyPipeline _pipeline;
    private readonly TopicWriter _output;

    public ReplyCapture(DecodeOptions options, RecordPrinter printer)
    {
        _output = new TopicWriter(RecordPrinter.Replies, new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, Shards = 1 }, printer, TimeProvider.System);
        _pipeline = new ReplyPipeline(new AgentState(options.AgentId), new CollectorIdentity(options.CollectorId, 0),
            new ReplyOptions { Format = ReplyFormat.Pcap, CaracalId = options.CaracalId }, _output, Counters);
    }

    public ReplyCounters Counters { get; } = new();

    /// <summary>Takes every packet. The time of capture stands for the time at which the gateway read it, so that the output is the same every time.</summary>
    public void Read(PcapReader reader)
    {
        while (reader.TryRead(out var packet))
        {
            // The printer gives every batch back at once, so there is always a free one.
            _pipeline.ProcessPacket(packet.LinkType, packet.Data.Span, packet.TimeNs, packet.TimeNs);
        }
        _output.CloseDue(always: true);
    }
}
