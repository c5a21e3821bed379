using System.Runtime.InteropServices;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Record;

/// <summary>
/// The part of a <c>Reply</c> message (schemas/reply.capnp) that lies at the same place in every record: segment table, root
/// pointer, data section, pointers, addresses. Behind it: agent and collector id, and where there are any, labels and measurement id.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReplyRow
{
    public const int DataWords = 8, PointerWords = 8;

    /// <summary>Octet of the message at which the data section begins: behind the segment table and the root pointer.</summary>
    public const int DataAt = 16;

    public const int PointersAt = DataAt + DataWords * 8;

    public uint SegmentsLessOne;
    public uint Words;
    public ulong RootPointer;

    public ulong TimeReceivedNs;
    public ushort ReplyId;
    public ushort ReplySize;
    public byte ReplyTtl;
    public byte ReplyQuotedTtl;
    public byte ReplyProtocol;
    public byte ReplyIcmpType;
    public byte ReplyIcmpCode;
    public byte ProbeTtl;
    public ushort ProbeId;
    public ushort ProbeSize;
    public byte ProbeProtocol;
    private byte _unused0;
    public ushort ProbeSrcPort;
    public ushort ProbeDstPort;
    public ushort Rtt;
    private ushort _unused1;
    public uint RttMicros;
    private uint _unused2;
    public ulong TimeGatewayNs;
    public ulong CollectorEpochNs;
    public ulong Sequence;

    public ulong AgentIdPointer;
    public ulong ReplySrcAddrPointer;
    public ulong ReplyDstAddrPointer;
    public ulong ReplyMplsLabelPointer;
    public ulong ProbeSrcAddrPointer;
    public ulong ProbeDstAddrPointer;
    public ulong MeasurementIdPointer;
    public ulong CollectorIdPointer;

    public Ipv6Address ReplySrcAddr;
    public Ipv6Address ReplyDstAddr;
    public Ipv6Address ProbeSrcAddr;
    public Ipv6Address ProbeDstAddr;

    /// <summary>Octets of the message that <paramref name="messages"/> begins with: the segment table, and as many words as it says.</summary>
    public static int MessageBytes(ReadOnlySpan<byte> messages) => 8 + 8 * (int)MemoryMarshal.AsRef<ReplyRow>(messages).Words;
}
