using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Risotto.Decode.Bmp;
using Risotto.Frame;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Risotto.Record;

/// <summary>
/// The fixed part of an encoded <c>Update</c> (schemas/update.capnp), as it is in the batch on a little-endian machine: segment
/// header, root pointer, 14 words of data, 15 pointers, and the four addresses that every record has. The lists follow it. The data
/// fields are where the Cap'n Proto compiler puts them.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct UpdateRow
{
    public const int DataWords = 14, PointerWords = 15;

    /// <summary>The bytes of this struct.</summary>
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
    public PeerType PeerType;
    public RibView RibView;
    public uint PathId;
    public ulong PeerDistinguisher;
    public ulong RouteDistinguisher;
    public ulong CollectorEpochNs;
    public ulong Sequence;
    public ulong AttributesPresent;
    public ushort Afi;
    public byte Safi;
    public PeerFlags PeerFlags;
    public BmpErrorAction ErrorAction;
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

/// <summary>The Bool fields: bits 152 to 159 of the data section.</summary>
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

/// <summary>The pointers of <c>Update</c>, by their number.</summary>
internal enum UpdatePointer
{
    RouterAddr,
    PeerAddr,
    PrefixAddr,
    Origin,
    AsPath,
    NextHop,
    Communities,
    ExtendedCommunities,
    LargeCommunities,
    ClusterList,
    CollectorId,
    NextHopLinkLocal,
    AsPathSegments,
    MplsLabels,
    OtherAttributes,
}

/// <summary>Byte positions inside a record, for the pointers that are written after the fixed part.</summary>
internal static class UpdateLayout
{
    public const int Root = 8;
    public const int Data = Root + 8;
    public const int Pointers = Data + UpdateRow.DataWords * 8;

    /// <summary>The place at which the four addresses of every record start.</summary>
    public const int Addresses = Pointers + UpdateRow.PointerWords * 8;

    public const int AddressLength = 16;

    /// <summary>Bytes of the fixed part.</summary>
    public const int Fixed = Addresses + 4 * AddressLength;

    /// <summary>Returns the place of the pointer.</summary>
    public static int Pointer(UpdatePointer pointer) => Pointers + (int)pointer * 8;

    /// <summary>A Data pointer at <paramref name="pointer"/> to the 16 bytes at <paramref name="target"/>.</summary>
    public static ulong Address(int pointer, int target) => WirePointer.List((target - pointer) / 8 - 1, WirePointer.Byte, AddressLength);
}
