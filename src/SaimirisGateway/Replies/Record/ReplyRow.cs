using System.Runtime.InteropServices;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Record;

/// <summary>
/// The part of a <c>Reply</c> message (schemas/reply.capnp) that has the same place in every record: segment table, root pointer, data
/// section, pointers, addresses. The ids of agent and collector follow it, and then the labels and the measurement id, if any.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReplyRow
{
    public const int DataWords = 8, PointerWords = 8;

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

    /// <summary>Returns the length of the first of <paramref name="messages"/>, in bytes.</summary>
    public static int MessageBytes(ReadOnlySpan<byte> messages) => 8 + 8 * (int)MemoryMarshal.AsRef<ReplyRow>(messages).Words;
}
