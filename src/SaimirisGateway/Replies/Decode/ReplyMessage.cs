using System.Text.Unicode;
using SaimirisGateway.Replies.Frame;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Decode;

/// <summary>Reads a <c>Reply</c> message (schemas/reply.capnp) of an agent, of any version.</summary>
internal static class ReplyMessage
{
    // The places that `capnp compile -ocapnp` prints: bytes of the data section, numbers of pointers.
    private const int TimeReceivedNs = 0, ReplyId = 8, ReplySize = 10, ReplyTtl = 12, ReplyQuotedTtl = 13, ReplyProtocol = 14;
    private const int ReplyIcmpType = 15, ReplyIcmpCode = 16, ProbeTtl = 17, ProbeId = 18, ProbeSize = 20, ProbeProtocol = 22;
    private const int ProbeSrcPort = 24, ProbeDstPort = 26, Rtt = 28, RttMicros = 32;
    private const int AgentId = 0, ReplySrcAddr = 1, ReplyDstAddr = 2, ReplyMplsLabel = 3, ProbeSrcAddr = 4, ProbeDstAddr = 5;
    private const int MeasurementId = 6;

    private const int AddressBytes = 16;
    private const uint MaxLabel = (1 << 20) - 1, MaxExp = 7;

    /// <summary>The limits of a message. A valid message has at most 64 labels and three short texts, and is smaller.</summary>
    public static readonly MessageLimits Limits = new() { MaxSegments = 16, MaxWords = 1 << 13, MaxDepth = 8, MaxTraversedWords = 1 << 14 };

    /// <summary>The length of the largest message in bytes, segment table included.</summary>
    public static int MaxBytes => Limits.MaxWords * 8 + 4 * (Limits.MaxSegments + 2);

    /// <param name="agentId">The id of the agent that sends the body, UTF-8. The message's own id may be empty.</param>
    /// <param name="rejection">The reason why a valid message is no reply of the agent.</param>
    public static BodyErrorCode Read(
        MessageReader reader, scoped in StructReader message, ReadOnlySpan<byte> agentId, Reply reply, out ReplyRejection rejection)
    {
        rejection = ReplyRejection.None;
        if (!message.TryReadText(AgentId, out var claimedId) || !message.TryReadText(MeasurementId, out var measurementId))
            return CodeOf(reader.Error.Code);
        if (measurementId.Length > Reply.MaxMeasurementIdBytes || !Utf8.IsValid(measurementId))
            return BodyErrorCode.TextInvalid;
        var error = ReadAddress(reader, message, ReplySrcAddr, out reply.ReplySrcAddr);
        if (error == BodyErrorCode.None)
            error = ReadAddress(reader, message, ReplyDstAddr, out reply.ReplyDstAddr);
        if (error == BodyErrorCode.None)
            error = ReadAddress(reader, message, ProbeSrcAddr, out reply.ProbeSrcAddr);
        if (error == BodyErrorCode.None)
            error = ReadAddress(reader, message, ProbeDstAddr, out reply.ProbeDstAddr);
        if (error == BodyErrorCode.None)
            error = ReadLabels(reader, message, reply);
        if (error != BodyErrorCode.None)
            return error;
        if (!claimedId.IsEmpty && !claimedId.SequenceEqual(agentId))
            rejection = ReplyRejection.AgentMismatch;
        reply.MeasurementId = measurementId;
        ReadNumbers(message, reply);
        return BodyErrorCode.None;
    }

    public static BodyErrorCode CodeOf(MessageErrorCode code) => code switch
    {
        MessageErrorCode.Incomplete => BodyErrorCode.Truncated,
        MessageErrorCode.TooManySegments or MessageErrorCode.TooManyWords => BodyErrorCode.MessageTooLarge,
        MessageErrorCode.TraversedTooMuch => BodyErrorCode.MessageTooMuchTraversed,
        MessageErrorCode.TextNotTerminated => BodyErrorCode.TextInvalid,
        _ => BodyErrorCode.PointerInvalid,
    };

    private static void ReadNumbers(scoped in StructReader message, Reply reply)
    {
        reply.TimeReceivedNs = message.ReadUInt64(TimeReceivedNs);
        reply.ReplyId = message.ReadUInt16(ReplyId);
        reply.ReplySize = message.ReadUInt16(ReplySize);
        reply.ReplyTtl = message.ReadByte(ReplyTtl);
        reply.ReplyQuotedTtl = message.ReadByte(ReplyQuotedTtl);
        reply.ReplyProtocol = message.ReadByte(ReplyProtocol);
        reply.ReplyIcmpType = message.ReadByte(ReplyIcmpType);
        reply.ReplyIcmpCode = message.ReadByte(ReplyIcmpCode);
        reply.ProbeId = message.ReadUInt16(ProbeId);
        reply.ProbeSize = message.ReadUInt16(ProbeSize);
        reply.ProbeTtl = message.ReadByte(ProbeTtl);
        reply.ProbeProtocol = message.ReadByte(ProbeProtocol);
        reply.ProbeSrcPort = message.ReadUInt16(ProbeSrcPort);
        reply.ProbeDstPort = message.ReadUInt16(ProbeDstPort);
        reply.Rtt = message.ReadUInt16(Rtt);
        uint micros = message.ReadUInt32(RttMicros);
        // An agent of the first version only has tenths of a millisecond.
        reply.RttMicros = micros != 0 ? micros : reply.Rtt * 100u;
        reply.IsVerified = false;
    }

    private static BodyErrorCode ReadAddress(MessageReader reader, scoped in StructReader message, int pointer, out Ipv6Address address)
    {
        address = default;
        if (!message.TryReadData(pointer, out var bytes))
            return CodeOf(reader.Error.Code);
        if (bytes.Length != AddressBytes)
            return BodyErrorCode.AddressInvalid;
        address = Ipv6Address.FromV6(bytes);
        return BodyErrorCode.None;
    }

    // An element has label(u32 at 0) exp(u8 at 4) sBit(u8 at 5) ttl(u8 at 6).
    private static BodyErrorCode ReadLabels(MessageReader reader, scoped in StructReader message, Reply reply)
    {
        reply.LabelCount = 0;
        if (!message.TryReadList(ReplyMplsLabel, ElementSize.Composite, out var labels))
            return CodeOf(reader.Error.Code);
        if (labels.Count > Reply.MaxLabels)
            return BodyErrorCode.TooManyLabels;
        for (int i = 0; i < labels.Count; i++)
        {
            var entry = labels.Struct(i);
            uint label = entry.ReadUInt32(0);
            byte exp = entry.ReadByte(4), bottom = entry.ReadByte(5);
            if (label > MaxLabel || exp > MaxExp || bottom > 1)
                return BodyErrorCode.LabelInvalid;
            reply.Labels[i] = label << 12 | (uint)exp << 9 | (uint)bottom << 8 | entry.ReadByte(6);
        }
        reply.LabelCount = labels.Count;
        return BodyErrorCode.None;
    }
}
