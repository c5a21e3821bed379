using System.Runtime.InteropServices;
using Shared.Records.Wire;

namespace Pesto.Record;

/// <summary>
/// The part of an <c>SFlowFlowRecord</c> message (schemas/sflow.capnp) that has the same layout in every record: segment table, root
/// pointer, data section, pointers, four addresses. Decode writes the fields in place. After it come the collector's id and, if the flow
/// has them, next hops, AS path and communities.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FlowRow
{
    public const int DataWords = 17, PointerWords = 9;

    public uint SegmentsLessOne;
    public uint Words;
    public ulong RootPointer;

    public long TimeReceivedNs;
    public ushort AgentPort;
    public ushort EtherType;
    public uint AgentSubId;
    public uint DatagramSequenceNumber;
    public uint Uptime;
    public uint SampleSequenceNumber;
    public uint SourceId;
    public uint SamplingRate;
    public uint SamplePool;
    public uint Drops;
    public uint InputInterface;
    public uint OutputInterface;
    public uint Length;
    public uint Protocol;
    public uint SrcPort;
    public uint DstPort;
    public uint TcpFlags;
    public uint Tos;
    public uint FrameLength;
    public ulong CollectorEpochNs;
    public ulong Sequence;
    public ushort VlanIn;
    public ushort VlanOut;
    public byte SrcPrefixLen;
    public byte DstPrefixLen;
    public byte IcmpType;
    public byte IcmpCode;
    public uint FlowLabel;
    public uint SrcAs;
    public uint DstAs;
    public uint SrcPeerAs;
    public uint RouterAs;
    public uint LocalPref;
    public FlowParts Present;
    public byte InputFormat;
    public byte OutputFormat;
    public byte SourceIdType;
    public byte IsFragment;

    public ulong AgentAddrPointer;
    public ulong SrcIpPointer;
    public ulong DstIpPointer;
    public ulong ExporterAddrPointer;
    public ulong CollectorIdPointer;
    public ulong NextHopPointer;
    public ulong BgpNextHopPointer;
    public ulong AsPathPointer;
    public ulong CommunitiesPointer;

    public Ipv6Address AgentAddr;
    public Ipv6Address SrcIp;
    public Ipv6Address DstIp;
    public Ipv6Address ExporterAddr;
}

/// <summary>The bits of <c>present</c>: the parts that a flow sample has.</summary>
[Flags]
internal enum FlowParts : uint
{
    SampledHeader = 1 << 0,
    SampledEthernet = 1 << 1,
    SampledIpv4 = 1 << 2,
    SampledIpv6 = 1 << 3,
    ExtendedSwitch = 1 << 4,
    ExtendedRouter = 1 << 5,
    ExtendedGateway = 1 << 6,
    Ports = 1 << 7,
    Icmp = 1 << 8,
    TcpFlags = 1 << 9,

    /// <summary>The sampled header ends within the destination address, which is :: in the record.</summary>
    DestinationCut = 1 << 10,
}
