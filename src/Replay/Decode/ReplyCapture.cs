using Captures.Pcap;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;

namespace Replay.Decode;

/// <summary>Passes the packets of one capture file to the gateway's pipeline, as if the file were a body of one agent.</summary>
internal sealed class ReplyCapture
{
    private readonly ReplyPipeline _pipeline;
    private readonly TopicWriter _output;

    public ReplyCapture(DecodeOptions options, RecordPrinter printer)
    {
        var batches = new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes, Shards = 1 };
        _output = new TopicWriter(RecordPrinter.Replies, batches, printer, TimeProvider.System);
        _pipeline = new ReplyPipeline(new AgentState(options.AgentId), new CollectorIdentity(options.CollectorId, 0),
            new ReplyOptions { Format = ReplyFormat.Pcap, CaracalId = options.CaracalId }, _output, Counters);
    }

    public ReplyCounters Counters { get; } = new();

    /// <summary>
    /// Processes every packet. The capture time counts as the time at which the gateway reads it, so that the output is the same in every
    /// run.
    /// </summary>
    public void Read(PcapReader reader)
    {
        while (reader.TryRead(out var packet))
        {
            // The printer returns each batch at once, so that one is always free.
            _pipeline.ProcessPacket(packet.LinkType, packet.Data.Span, packet.TimeNs, packet.TimeNs);
        }
        _output.CloseDue(always: true);
    }
}
