using Shared.Records.CapnProto;

namespace Risotto.Tests.Records;

internal sealed record ExtendedCommunity(byte TypeHigh, byte TypeLow, string Value);

internal sealed record PathSegment(byte Type, uint[] Asns)
{
    public override string ToString() => $"{Type}:{string.Join(",", Asns)}";
}

internal sealed record OtherAttribute(byte Flags, byte Type, string Value);

/// <summary>
/// A record of the updates topic. The bytes and pointers are those that the Cap'n Proto compiler prints for
/// schemas/update.capnp, not those of the encoder.
/// </summary>
internal sealed class UpdateRecord
{
    public UpdateRecord(StructReader record)
    {
        TimeReceivedNs = record.ReadUInt64(0);
        TimeBmpHeaderNs = record.ReadUInt64(8);
        RouterAddr = record.AddressText(0);
        RouterPort = record.ReadUInt16(16);
        PeerAddr = record.AddressText(1);
        PeerBgpId = record.ReadUInt32(20);
        PeerAsn = record.ReadUInt32(24);
        PrefixAddr = record.AddressText(2);
        PrefixLen = record.ReadByte(18);
        IsPostPolicy = record.ReadBool(152);
        IsAdjRibOut = record.ReadBool(153);
        Announced = record.ReadBool(154);
        Synthetic = record.ReadBool(155);
        Origin = record.Text(3);
        AsPath = record.Numbers(4);
        NextHop = record.AddressText(5);
        MultiExitDisc = record.ReadUInt32(28);
        LocalPreference = record.ReadUInt32(32);
        OnlyToCustomer = record.ReadUInt32(36);
        AtomicAggregate = record.ReadBool(156);
        AggregatorAsn = record.ReadUInt32(40);
        AggregatorBgpId = record.ReadUInt32(44);
        Communities = record.Structs(6, element => (element.ReadUInt32(0), element.ReadUInt16(4)));
        ExtendedCommunities = record.Structs(
            7, element => new ExtendedCommunity(element.ReadByte(0), element.ReadByte(1), Convert.ToHexString(element.Data(0))));
        LargeCommunities = record.Structs(8, element => (element.ReadUInt32(0), element.ReadUInt32(4), element.ReadUInt32(8)));
        OriginatorId = record.ReadUInt32(48);
        ClusterList = record.Numbers(9);
        MpReachAfi = record.ReadUInt16(52);
        MpReachSafi = record.ReadByte(54);
        MpUnreachAfi = record.ReadUInt16(56);
        MpUnreachSafi = record.ReadByte(55);
        PathId = record.ReadUInt32(60);
        PeerType = record.ReadByte(58);
        RibView = record.ReadByte(59);
        HasPathId = record.ReadBool(157);
        PeerDistinguisher = record.ReadUInt64(64);
        RouteDistinguisher = record.ReadUInt64(72);
        CollectorEpochNs = record.ReadUInt64(80);
        Sequence = record.ReadUInt64(88);
        AttributesPresent = record.ReadUInt64(96);
        Afi = record.ReadUInt16(104);
        Safi = record.ReadByte(106);
        PeerFlags = record.ReadByte(107);
        ErrorAction = record.ReadByte(108);
        CollectorId = record.Text(10);
        NextHopLinkLocal = record.Data(11).Length == 0 ? "" : record.AddressText(11);
        AsPathSegments = record.Structs(12, element => new PathSegment(element.ReadByte(0), element.Numbers(0)));
        MplsLabels = record.Numbers(13);
        OtherAttributes = record.Structs(
            14, element => new OtherAttribute(element.ReadByte(0), element.ReadByte(1), Convert.ToHexString(element.Data(0))));
    }

    public ulong TimeReceivedNs { get; }

    public ulong TimeBmpHeaderNs { get; }

    public string RouterAddr { get; }

    public ushort RouterPort { get; }

    public string PeerAddr { get; }

    public uint PeerBgpId { get; }

    public uint PeerAsn { get; }

    public string PrefixAddr { get; }

    public byte PrefixLen { get; }

    public bool IsPostPolicy { get; }

    public bool IsAdjRibOut { get; }

    public bool Announced { get; }

    public bool Synthetic { get; }

    public string Origin { get; }

    public uint[] AsPath { get; }

    public string NextHop { get; }

    public uint MultiExitDisc { get; }

    public uint LocalPreference { get; }

    public uint OnlyToCustomer { get; }

    public bool AtomicAggregate { get; }

    public uint AggregatorAsn { get; }

    public uint AggregatorBgpId { get; }

    public (uint Asn, ushort Value)[] Communities { get; }

    public ExtendedCommunity[] ExtendedCommunities { get; }

    public (uint GlobalAdmin, uint LocalDataPart1, uint LocalDataPart2)[] LargeCommunities { get; }

    public uint OriginatorId { get; }

    public uint[] ClusterList { get; }

    public ushort MpReachAfi { get; }

    public byte MpReachSafi { get; }

    public ushort MpUnreachAfi { get; }

    public byte MpUnreachSafi { get; }

    public uint PathId { get; }

    public byte PeerType { get; }

    public byte RibView { get; }

    public bool HasPathId { get; }

    public ulong PeerDistinguisher { get; }

    public ulong RouteDistinguisher { get; }

    public ulong CollectorEpochNs { get; }

    public ulong Sequence { get; }

    public ulong AttributesPresent { get; }

    public ushort Afi { get; }

    public byte Safi { get; }

    public byte PeerFlags { get; }

    public byte ErrorAction { get; }

    public string CollectorId { get; }

    public string NextHopLinkLocal { get; }

    public PathSegment[] AsPathSegments { get; }

    public uint[] MplsLabels { get; }

    public OtherAttribute[] OtherAttributes { get; }

    /// <summary>The route: + announced, - withdrawn, prefix, and #path id where there is one.</summary>
    public string Route => $"{(Announced ? '+' : '-')}{PrefixAddr}/{PrefixLen}{(HasPathId ? $"#{PathId}" : "")}";

    /// <summary>Every segment as type:numbers.</summary>
    public string Segments => string.Join(" ", AsPathSegments.Select(segment => segment.ToString()));
}
