using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SaimirisGateway.Replies.Decode;
using SaimirisGateway.Replies.Record;
using Shared.Records;
using Shared.Records.CapnProto;

namespace SaimirisGateway.Replies.Encode;

/// <summary>
/// Writes replies of one agent as <c>Reply</c> messages. It lays out once what all messages share, with the texts. A message is a copy of
/// that with the reply's own fields.
/// </summary>
internal sealed class ReplyEncoder
{
    private const int WordBytes = 8;

    // Marshal.OffsetOf is reflection, and a collection drops its cache, so no message may call it.
    private static readonly int LabelPointerAt = FieldAt(nameof(ReplyRow.ReplyMplsLabelPointer));
    private static readonly int MeasurementIdPointerAt = FieldAt(nameof(ReplyRow.MeasurementIdPointer));

    private readonly byte[] _shared;

    /// <param name="agentId">The agent's id, UTF-8.</param>
    /// <param name="gateway">The identity of this gateway.</param>
    public ReplyEncoder(ReadOnlySpan<byte> agentId, CollectorIdentity gateway)
    {
        byte[] collectorId = Encoding.UTF8.GetBytes(gateway.Id);
        int rowBytes = Unsafe.SizeOf<ReplyRow>();
        int collectorAt = rowBytes + TextBytes(agentId.Length);
        _shared = new byte[collectorAt + TextBytes(collectorId.Length)];
        agentId.CopyTo(_shared.AsSpan(rowBytes));
        collectorId.CopyTo(_shared.AsSpan(collectorAt));
        ref var row = ref MemoryMarshal.AsRef<ReplyRow>(_shared.AsSpan());
        row.RootPointer = WirePointer.Struct(0, ReplyRow.DataWords, ReplyRow.PointerWords);
        row.Words = (uint)(_shared.Length / WordBytes - 1);
        row.CollectorEpochNs = gateway.EpochNs;
        row.AgentIdPointer = Bytes(FieldAt(nameof(ReplyRow.AgentIdPointer)), rowBytes, agentId.Length + 1);
        row.CollectorIdPointer = Bytes(FieldAt(nameof(ReplyRow.CollectorIdPointer)), collectorAt, collectorId.Length + 1);
        row.ReplySrcAddrPointer = Address(nameof(ReplyRow.ReplySrcAddrPointer), nameof(ReplyRow.ReplySrcAddr));
        row.ReplyDstAddrPointer = Address(nameof(ReplyRow.ReplyDstAddrPointer), nameof(ReplyRow.ReplyDstAddr));
        row.ProbeSrcAddrPointer = Address(nameof(ReplyRow.ProbeSrcAddrPointer), nameof(ReplyRow.ProbeSrcAddr));
        row.ProbeDstAddrPointer = Address(nameof(ReplyRow.ProbeDstAddrPointer), nameof(ReplyRow.ProbeDstAddr));
    }

    /// <summary>The length of the largest message that <see cref="Write"/> makes, in bytes.</summary>
    public int MaxSize => _shared.Length + WordBytes + Reply.MaxLabels * WordBytes + TextBytes(Reply.MaxMeasurementIdBytes);

    /// <summary>Writes one message, and returns its length in bytes.</summary>
    /// <param name="space">At least <see cref="MaxSize"/> bytes.</param>
    /// <param name="gatewayNs">The time at which the gateway read the reply, nanoseconds since 1970 UTC.</param>
    public int Write(Span<byte> space, Reply reply, ulong gatewayNs, ulong sequence)
    {
        _shared.AsSpan().CopyTo(space);
        ref var row = ref MemoryMarshal.AsRef<ReplyRow>(space);
        row.TimeReceivedNs = reply.TimeReceivedNs;
        row.ReplyId = reply.ReplyId;
        row.ReplySize = reply.ReplySize;
        row.ReplyTtl = reply.ReplyTtl;
        row.ReplyQuotedTtl = reply.ReplyQuotedTtl;
        row.ReplyProtocol = reply.ReplyProtocol;
        row.ReplyIcmpType = reply.ReplyIcmpType;
        row.ReplyIcmpCode = reply.ReplyIcmpCode;
        row.ProbeTtl = reply.ProbeTtl;
        row.ProbeId = reply.ProbeId;
        row.ProbeSize = reply.ProbeSize;
        row.ProbeProtocol = reply.ProbeProtocol;
        row.ProbeSrcPort = reply.ProbeSrcPort;
        row.ProbeDstPort = reply.ProbeDstPort;
        row.Rtt = reply.Rtt;
        row.RttMicros = reply.RttMicros;
        row.TimeGatewayNs = gatewayNs;
        row.Sequence = sequence;
        row.ReplySrcAddr = reply.ReplySrcAddr;
        row.ReplyDstAddr = reply.ReplyDstAddr;
        row.ProbeSrcAddr = reply.ProbeSrcAddr;
        row.ProbeDstAddr = reply.ProbeDstAddr;
        return reply.LabelCount == 0 && reply.MeasurementId.IsEmpty ? _shared.Length : WriteLists(space, reply);
    }

    private int WriteLists(Span<byte> space, Reply reply)
    {
        ref var row = ref MemoryMarshal.AsRef<ReplyRow>(space);
        int end = _shared.Length;
        if (reply.LabelCount > 0)
        {
            int offset = OffsetTo(end, LabelPointerAt);
            row.ReplyMplsLabelPointer = WirePointer.List(offset, WirePointer.Composite, reply.LabelCount);
            BinaryPrimitives.WriteUInt64LittleEndian(space[end..], WirePointer.Tag(reply.LabelCount, 1, 0));
            end += WordBytes;
            for (int i = 0; i < reply.LabelCount; i++, end += WordBytes)
                BinaryPrimitives.WriteUInt64LittleEndian(space[end..], Entry(reply.Labels[i]));
        }
        var measurementId = reply.MeasurementId;
        if (!measurementId.IsEmpty)
        {
            row.MeasurementIdPointer = Bytes(MeasurementIdPointerAt, end, measurementId.Length + 1);
            var text = space.Slice(end, TextBytes(measurementId.Length));
            measurementId.CopyTo(text);
            text[measurementId.Length..].Clear();
            end += text.Length;
        }
        row.Words = (uint)(end / WordBytes - 1);
        return end;
    }

    // The data word of an Mpls struct: label(u32 at 0) exp(u8 at 4) sBit(u8 at 5) ttl(u8 at 6).
    private static ulong Entry(uint wire) =>
        wire >> 12 | (ulong)(wire >> 9 & 7) << 32 | (ulong)(wire >> 8 & 1) << 40 | (ulong)(byte)wire << 48;

    private static int TextBytes(int length) => (length + WordBytes) & -WordBytes;

    private static ulong Address(string pointer, string field) => Bytes(FieldAt(pointer), FieldAt(field), 16);

    private static ulong Bytes(int pointerAt, int at, int count) => WirePointer.List(OffsetTo(at, pointerAt), WirePointer.Byte, count);

    private static int FieldAt(string name) => (int)Marshal.OffsetOf<ReplyRow>(name);

    private static int OffsetTo(int at, int pointerAt) => (at - pointerAt) / WordBytes - 1;
}
