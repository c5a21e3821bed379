using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Encode;
using SaimirisGateway.Replies.Frame;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Telemetry;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Pipeline;

/// <summary>What a body is made of.</summary>
internal enum ReplyFormat
{
    /// <summary><c>application/vnd.capnproto</c>: a stream of unpacked <c>Reply</c> messages.</summary>
    CapnProto,

    /// <summary><c>application/vnd.tcpdump.pcap</c>: the ICMP and ICMPv6 packets themselves.</summary>
    Pcap,
}

/// <summary>What a call to the pipeline ended with.</summary>
internal enum ReplyStep
{
    /// <summary>Every whole record is taken; the rest is to be presented again with more behind it.</summary>
    NeedsInput,

    /// <summary>No batch is free: await <see cref="ReplyPipeline.Shard"/>, then repeat with what was not consumed.</summary>
    NeedsSpace,

    /// <summary>The body cannot be followed any further: <see cref="ReplyPipeline.Error"/>. What was accepted before stays.</summary>
    Malformed,
}

/// <summary>How an agent's bodies are read.</summary>
internal sealed record ReplyOptions
{
    public required ReplyFormat Format { get; init; }

    /// <summary>What the sender of the probes was started with; null: the integrity of IPv4 probes is not checked.</summary>
    public ushort? CaracalId { get; init; }
}

/// <summary>
/// The map of reply ingest, one instance per body:
/// frame (PcapFramer; MessageReader) -> decode (IcmpReply, QuotedProbe, CaracalProbe, MplsExtension; ReplyMessage) -> encode (ReplyEncoder) ->
/// batch (ShardWriter) -> produce (IBatchSink); what belongs to an active measurement is kept beside it (KeptReplies). It is synchronous and does no I/O. The caller holds the gate of the agent's shard.
/// </summary>
internal sealed class ReplyPipeline(
    AgentState agent, CollectorIdentity gateway, ReplyOptions options, TopicWriter replies, ReplyCounters counters, KeptReplies? kept = null)
{
    /// <summary>A record that is not whole after this many octets never will be: what waits for the rest needs no more room.</summary>
    public static readonly int MaxRecordBytes = Math.Max(PcapFramer.FileHeaderBytes + PcapFramer.RecordHeaderBytes + PcapFramer.MaxPacketBytes, ReplyMessage.MaxBytes);

    /// <summary>Of any message that is written, for the options of the topic's batches.</summary>
    public const int MaxOutputBytes = 2048;

    private readonly PcapFramer _pcap = new();
    private readonly MessageReader _messages = new(ReplyMessage.Limits);
    private readonly ReplyEncoder _encoder = new(agent.IdUtf8, gateway);
    private readonly Reply _reply = new();
    private long _offset;

    /// <summary>The shard whose gate the caller holds.</summary>
    public ShardWriter Shard { get; } = replies.ShardOf(agent.ShardHash);

    /// <summary>After <see cref="ReplyStep.Malformed"/>: what, and the octet of the body at which the record begins.</summary>
    public BodyError Error { get; private set; }

    /// <summary>Takes the whole records at the start of <paramref name="input"/>.</summary>
    /// <param name="input">The body from the first octet not consumed yet.</param>
    /// <param name="gatewayNs">When it was read, nanoseconds since 1970 UTC.</param>
    /// <param name="consumed">Octets that need not be presented again.</param>
    public ReplyStep Process(ReadOnlySpan<byte> input, ulong gatewayNs, out int consumed)
    {
        var appender = new ReplyAppender(Shard, _encoder, gatewayNs, agent.Sequence, kept?.TapOf(agent.Id));
        var step = options.Format == ReplyFormat.Pcap
            ? TakePackets(input, ref appender, out consumed)
            : TakeMessages(input, ref appender, out consumed);
        appender.Commit();
        agent.Sequence = appender.Sequence;
        _offset += consumed;
        return step;
    }

    /// <summary>Takes one captured packet that some other reader framed.</summary>
    public ReplyStep ProcessPacket(LinkType linkType, ReadOnlySpan<byte> packet, ulong timeNs, ulong gatewayNs)
    {
        var appender = new ReplyAppender(Shard, _encoder, gatewayNs, agent.Sequence, kept?.TapOf(agent.Id));
        bool isTaken = TryTake(linkType, packet, timeNs, ref appender);
        appender.Commit();
        agent.Sequence = appender.Sequence;
        return isTaken ? ReplyStep.NeedsInput : ReplyStep.NeedsSpace;
    }

    /// <summary>The body has ended with <paramref name="left"/> octets that were not consumed.</summary>
    public ReplyStep EndOfBody(int left)
    {
        if (left == 0)
            return ReplyStep.NeedsInput;
        Error = new BodyError(BodyErrorCode.Truncated, _offset);
        return ReplyStep.Malformed;
    }

    private ReplyStep TakePackets(ReadOnlySpan<byte> input, ref ReplyAppender appender, out int consumed)
    {
        int next = 0;
        BodyErrorCode error;
        while (_pcap.TryRead(input, ref next, out var packet, out ulong timeNs, out error))
        {
            if (TryTake(_pcap.LinkType, packet, timeNs, ref appender))
                continue;
            consumed = next - packet.Length - PcapFramer.RecordHeaderBytes;
            return ReplyStep.NeedsSpace;
        }
        consumed = next;
        return error == BodyErrorCode.None ? ReplyStep.NeedsInput : Fail(error, consumed);
    }

    private bool TryTake(LinkType linkType, scoped ReadOnlySpan<byte> packet, ulong timeNs, ref ReplyAppender appender)
    {
        var skip = LinkLayer.FindIp(linkType, packet, out int at);
        var rejection = skip switch
        {
            PacketSkip.None => IcmpReply.Read(packet[at..], timeNs, options.CaracalId, _reply),
            PacketSkip.HeaderCut => ReplyRejection.PacketTruncated,
            _ => ReplyRejection.NotAReply,
        };
        return TryEmit(rejection, ref appender);
    }

    private ReplyStep TakeMessages(ReadOnlySpan<byte> input, ref ReplyAppender appender, out int consumed)
    {
        consumed = 0;
        while (consumed < input.Length)
        {
            if (!_messages.TryRead(input[consumed..], out var message, out int length))
                return _messages.Error.Code == MessageErrorCode.Incomplete ? ReplyStep.NeedsInput : Fail(ReplyMessage.CodeOf(_messages.Error.Code), consumed);
            var error = ReplyMessage.Read(_messages, message, agent.IdUtf8, _reply, out var rejection);
            if (error != BodyErrorCode.None)
                return Fail(error, consumed);
            if (!TryEmit(rejection, ref appender))
                return ReplyStep.NeedsSpace;
            consumed += length;
        }
        return ReplyStep.NeedsInput;
    }

    private bool TryEmit(ReplyRejection rejection, ref ReplyAppender appender)
    {
        if (rejection == ReplyRejection.None)
        {
            if (!appender.TryAppend(_reply))
                return false;
            counters.Accepted++;
            counters.Verified += _reply.IsVerified ? 1 : 0;
        }
        else
            counters.Reject(rejection);
        counters.Records++;
        return true;
    }

    private ReplyStep Fail(BodyErrorCode error, int at)
    {
        Error = new BodyError(error, _offset + at);
        return ReplyStep.Malformed;
    }
}
