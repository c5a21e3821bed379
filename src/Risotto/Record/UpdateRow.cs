using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Record;

/// <summary>
/// The fixed part of an encoded <c>Update</c> (schemas/update.capnp), as it stands in the batch on a little-endian machine:
/// segment header, root pointer, 14 words of data, 15 pointers, and the four addresses that every record has. What has a
/// variable length follows behind. The data fields stand where the Cap'n Proto compiler puts them.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct UpdateRow
{
    public const int DataWords = 14, PointerWords = 15;

    /// <summary>Octets of this struct.</summary>
    public static readonly int Size = Unsafe.SizeOf<UpdateRow>();

    public uint SegmentCountLessOne;
    public uint SegmentWords;
    public ulong Root;

    public ulong TimeReceivedNs;
    public ulong TimeBmpHeaderNs;
    public ushort RouterPort;
    public byte PrefixLen;
    public UpdateBits Bits;
    public uint PeerBgpId;
    public uint PeerAsn;
    public uint MultiExitDisc;
    public uint LocalPreference;
    public uint OnlyToCustomer;
    public uint AggregatorAsn;
    public uint AggregatorBgpId;
    public uint OriginatorId;
    public ushort MpReachAfi;
    public byte MpReachSafi;
    public byte MpUnreachSafi;
    public ushort MpUnreachAfi;
    public byte PeerType;
    public byte RibView;
    public uint PathId;
    public ulong PeerDistinguisher;
    public ulong RouteDistinguisher;
    public ulong CollectorEpochNs;
    public ulong Sequence;
    public ulong AttributesPresent;
    public ushort Afi;
    public byte Safi;
    public byte PeerFlags;
    public byte ErrorAction;
    private readonly byte _pad0;
    private readonly ushort _pad1;

    public ulong RouterAddrPointer;
    public ulong PeerAddrPointer;
    public ulong PrefixAddrPointer;
    public ulong OriginPointer;
    public ulong AsPathPointer;
    public ulong NextHopPointer;
    public ulong CommunitiesPointer;
    public ulong ExtendedCommunitiesPointer;
    public ulong LargeCommunitiesPointer;
    public ulong ClusterListPointer;
    public ulong CollectorIdPointer;
    public ulong NextHopLinkLocalPointer;
    public ulong AsPathSegmentsPointer;
    public ulong MplsLabelsPointer;
    public ulong OtherAttributesPointer;

    public Ipv6Address RouterAddr;
    public Ipv6Address PeerAddr;
    public Ipv6Address PrefixAddr;
    public Ipv6Address NextHop;
}

/// <summary>The Bool fields, in the data section's bits 152 to 159.</summary>
[Flags]
internal enum UpdateBits : byte
{
    None = 0,
    IsPostPolicy = 1,
    IsAdjRibOut = 2,
    Announced = 4,
    Synthetic = 8,
    AtomicAggregate = 16,
    HasPathId = 32,
}

/// <summary>Octet positions inside a record, for the pointers that are written late.</summary>
internal static class UpdateLayout
{
    public const int Root = 8;
    public const int Data = Root + 8;
    public const int Pointers = Data + UpdateRow.DataWords * 8;

    /// <summary>Of pointer <paramref name="index"/>.</summary>
    public static int Pointer(int index) => Pointers + index * 8;

    /// <summary>Octets of the fixed part.</summary>
    public const int Fixed = Pointers + UpdateRow.PointerWords * 8 + 4 * 16;

    /// <summary>A Data pointer at <paramref name="pointer"/> to 16 octets at <paramref name="target"/>.</summary>
    public static ulong Address(int pointer, int target) => WirePointer.List((target - pointer) / 8 - 1, WirePointer.Byte, 16);
}
