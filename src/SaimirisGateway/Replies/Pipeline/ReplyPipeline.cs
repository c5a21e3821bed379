using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Encode;
using SaimirisGateway.Replies.Frame;
using Shared.Records;
using Shared.Records.Batch;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Pipeline;

/// <summary>The format of a body.</summary>
internal enum ReplyFormat
{
    /// <summary><c>application/vnd.capnproto</c>: a stream of unpacked <c>Reply</c> messages.</summary>
    CapnProto,

    /// <summary><c>application/vnd.tcpdump.pcap</c>: the ICMP and ICMPv6 packets themselves.</summary>
    Pcap,
}

/// <summary>The result of a call to the pipeline.</summary>
internal enum ReplyStep
{
    /// <summary>All whole records are taken. The caller presents the rest again when it has more.</summary>
    NeedsInput,

    /// <summary>No batch is free. The caller awaits <see cref="ReplyPipeline.Shard"/> and presents what was not consumed again.</summary>
    NeedsSpace,

    /// <summary>
    /// The body cannot be read any further, see <see cref="ReplyPipeline.Error"/>. Replies accepted before stay accepted.
    /// </summary>
    Malformed,
}

/// <summary>Says how a body is read.</summary>
internal sealed record ReplyOptions
{
    public required ReplyFormat Format { get; init; }

    /// <summary>The caracal-id of the sender of the probes; null when the integrity of IPv4 probes is not checked.</summary>
    public ushort? CaracalId { get; init; }
}

/// <summary>
/// The map of reply ingest. Each body has an instance: frame (PcapFramer; MessageReader) -> decode (IcmpReply, QuotedProbe, CaracalProbe,
/// MplsExtension; ReplyMessage) -> encode (ReplyEncoder) -> batch (ShardWriter) -> produce (IBatchSink). It is synchronous and does no I/O.
/// The caller holds the gate of the agent's shard.
/// </summary>
/// <param name="onCommitted">Gets the messages of each commit, see <see cref="ReplyAppender"/>.</param>
internal sealed class ReplyPipeline(
    AgentState agent, CollectorIdentity gateway, ReplyOptions options, TopicWriter replies, ReplyCounters counters,
    Action<ReadOnlySpan<byte>>? onCommitted = null)
{
    /// <summary>The largest message that is written, in bytes.</summary>
    public const int MaxOutputBytes = 2048;

    /// <summary>The largest record of a body. A record that is not whole after this many bytes is malformed.</summary>
    public static readonly int MaxRecordBytes = Math.Max(
        PcapFramer.FileHeaderBytes + PcapFramer.RecordHeaderBytes + PcapFramer.MaxPacketBytes, ReplyMessage.MaxBytes);

    private readonly PcapFramer _pcap = new();
    private readonly MessageReader _messages = new(ReplyMessage.Limits);
    private readonly ReplyEncoder _encoder = new(agent.IdUtf8, gateway);
    private readonly Reply _reply = new();
    private long _offset;

    /// <summary>The shard whose gate the caller holds.</summary>
    public ShardWriter Shard { get; } = replies.ShardOf(agent.ShardHash);

    /// <summary>The error after <see cref="ReplyStep.Malformed"/>.</summary>
    public BodyError Error { get; private set; }

    /// <summary>Takes the whole records at the start of <paramref name="input"/>.</summary>
    /// <param name="input">The body from the first byte that is not consumed yet.</param>
    /// <param name="gatewayNs">The time at which it was read, nanoseconds since 1970 UTC.</param>
    /// <param name="consumed">The number of bytes that the caller need not present again.</param>
    public ReplyStep Process(ReadOnlySpan<byte> input, ulong gatewayNs, out int consumed)
    {
        var appender = new ReplyAppender(Shard, _encoder, gatewayNs, agent.Sequence, onCommitted);
        var step = options.Format == ReplyFormat.Pcap
            ? TakePackets(input, ref appender, out consumed)
            : TakeMessages(input, ref appender, out consumed);
        appender.Commit();
        agent.Sequence = appender.Sequence;
        _offset += consumed;
        return step;
    }

    /// <summary>Takes one captured packet that another reader framed.</summary>
    public ReplyStep ProcessPacket(LinkType linkType, ReadOnlySpan<byte> packet, ulong timeNs, ulong gatewayNs)
    {
        var appender = new ReplyAppender(Shard, _encoder, gatewayNs, agent.Sequence, onCommitted);
        bool isTaken = TryTake(linkType, packet, timeNs, ref appender);
        appender.Commit();
        agent.Sequence = appender.Sequence;
        return isTaken ? ReplyStep.NeedsInput : ReplyStep.NeedsSpace;
    }

    /// <summary>Ends the body. <paramref name="left"/> bytes of it were not consumed.</summary>
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
            {
                var code = _messages.Error.Code;
                return code == MessageErrorCode.Incomplete ? ReplyStep.NeedsInput : Fail(ReplyMessage.CodeOf(code), consumed);
            }
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
