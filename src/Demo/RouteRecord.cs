using System.Globalization;
using Replay.Json;
using Shared.CapnProto;
using Shared.Wire;

namespace Demo;

/// <summary>A record of the updates topic, as far as the demo shows it. Fields lie where the schema says.</summary>
internal readonly ref struct RouteRecord(StructReader record)
{
    private static readonly string[] Views = ["in, pre-policy", "in, post-policy", "out, pre-policy", "out, post-policy", "Loc-RIB"];

    private static readonly int AnnouncedBit = Place("announced"), PrefixAddr = Place("prefixAddr"), PrefixLen = Place("prefixLen"),
        PeerAddr = Place("peerAddr"), PeerAsn = Place("peerAsn"), RibView = Place("ribView"), NextHopAddr = Place("nextHop"), AsPathList = Place("asPath"),
        CommunityList = Place("communities"), LargeList = Place("largeCommunities"), ExtendedList = Place("extendedCommunities");

    private readonly StructReader _record = record;

    public bool Announced => _record.ReadBool(AnnouncedBit);

    public Prefix Prefix => new(Address(PrefixAddr), _record.ReadByte(PrefixLen));

    public Ipv6Address Peer => Address(PeerAddr);

    public uint PeerAs => _record.ReadUInt32(PeerAsn);

    /// <summary>Which of the router's tables: 0 to 4, see update.capnp.</summary>
    public byte View => _record.ReadByte(RibView);

    /// <summary>Kinds of communities that it has, 0 to 3.</summary>
    public int CommunityKinds => HasAny(CommunityList) + HasAny(LargeList) + HasAny(ExtendedList);

    public string NextHop => Address(NextHopAddr) is { IsUnspecified: false } address ? address.ToString() : "";

    public string AsPath
    {
        get
        {
            if (!_record.TryReadList(AsPathList, ElementSize.FourBytes, out var path))
                return "";
            var numbers = new string[path.Count];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = path.UInt32(i).ToString(CultureInfo.InvariantCulture);
            return string.Join(' ', numbers);
        }
    }

    public string Communities
    {
        get
        {
            var texts = new List<string>();
            if (_record.TryReadList(CommunityList, ElementSize.Composite, out var communities))
            {
                for (int i = 0; i < communities.Count; i++)
                    texts.Add($"{communities.Struct(i).ReadUInt32(0)}:{communities.Struct(i).ReadUInt16(4)}");
            }
            if (_record.TryReadList(LargeList, ElementSize.Composite, out var large))
            {
                for (int i = 0; i < large.Count; i++)
                    texts.Add($"{large.Struct(i).ReadUInt32(0)}:{large.Struct(i).ReadUInt32(4)}:{large.Struct(i).ReadUInt32(8)}");
            }
            return string.Join(' ', texts);
        }
    }

    public static string ViewName(byte view) => view < Views.Length ? Views[view] : $"view {view}";

    public static int Place(string field) => UpdateSchema.Update.Fields.Single(f => f.Name.Value == field).Place;

    private Ipv6Address Address(int pointer) =>
        _record.TryReadData(pointer, out var octets) && octets.Length == 16 ? Ipv6Address.FromV6(octets) : default;

    private int HasAny(int pointer) => _record.TryReadList(pointer, ElementSize.Composite, out var list) && list.Count > 0 ? 1 : 0;
}

/// <summary>A prefix; shown in its own family.</summary>
internal readonly record struct Prefix(Ipv6Address Address, byte Length)
{
    public override string ToString() => $"{Address}/{Length}";
}
