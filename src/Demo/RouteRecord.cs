using System.Globalization;
using Replay.Json;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Demo;

/// <summary>Reads the fields that the demo shows from a record of the updates topic.</summary>
internal readonly ref struct RouteRecord(StructReader record)
{
    // The shown elements of a list; some lists have hundreds.
    private const int MaxShown = 6;

    private static readonly string[] Views = ["in, pre-policy", "in, post-policy", "out, pre-policy", "out, post-policy", "Loc-RIB"];

    private static readonly int AnnouncedBit = Place("announced"), PrefixAddr = Place("prefixAddr"), PrefixLen = Place("prefixLen"),
        PeerAddr = Place("peerAddr"), PeerAsn = Place("peerAsn"), RibView = Place("ribView"), NextHopAddr = Place("nextHop"),
        AsPathList = Place("asPath"),
        CommunityList = Place("communities"), LargeList = Place("largeCommunities"), ExtendedList = Place("extendedCommunities");

    private readonly StructReader _record = record;

    public bool Announced => _record.ReadBool(AnnouncedBit);

    public Prefix Prefix => new(Address(PrefixAddr), _record.ReadByte(PrefixLen));

    public Ipv6Address Peer => Address(PeerAddr);

    public uint PeerAs => _record.ReadUInt32(PeerAsn);

    /// <summary>The router's table, 0 to 4; see update.capnp.</summary>
    public byte View => _record.ReadByte(RibView);

    /// <summary>Counts the parts worth showing: an AS path, and each of the three kinds of communities.</summary>
    public int Richness =>
        (_record.TryReadList(AsPathList, ElementSize.FourBytes, out var path) && path.Count > 0 ? 1 : 0)
        + HasAny(CommunityList) + HasAny(LargeList) + HasAny(ExtendedList);

    public string NextHop => Address(NextHopAddr) is { IsUnspecified: false } address ? address.ToString() : "";

    public string AsPath
    {
        get
        {
            if (!_record.TryReadList(AsPathList, ElementSize.FourBytes, out var path))
                return "";
            var numbers = new string[Math.Min(path.Count, MaxShown)];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = path.UInt32(i).ToString(CultureInfo.InvariantCulture);
            return Join(numbers, path.Count);
        }
    }

    /// <summary>The first communities of RFC 1997 and RFC 8092.</summary>
    public string Communities
    {
        get
        {
            var texts = new List<string>();
            int count = 0;
            if (_record.TryReadList(CommunityList, ElementSize.Composite, out var communities))
            {
                count += communities.Count;
                for (int i = 0; i < communities.Count && texts.Count < MaxShown; i++)
                    texts.Add($"{communities.Struct(i).ReadUInt32(0)}:{communities.Struct(i).ReadUInt16(4)}");
            }
            if (_record.TryReadList(LargeList, ElementSize.Composite, out var large))
            {
                count += large.Count;
                for (int i = 0; i < large.Count && texts.Count < MaxShown; i++)
                    texts.Add($"{large.Struct(i).ReadUInt32(0)}:{large.Struct(i).ReadUInt32(4)}:{large.Struct(i).ReadUInt32(8)}");
            }
            return Join(texts, count);
        }
    }

    public static string ViewName(byte view) => view < Views.Length ? Views[view] : $"view {view}";

    public static int Place(string field) => UpdateSchema.Update.Fields.Single(f => f.Name.Value == field).Offset;

    private static string Join(IReadOnlyCollection<string> texts, int count) =>
        string.Join(' ', texts) + (count > texts.Count ? $" and {count - texts.Count} more" : "");

    private Ipv6Address Address(int pointer) =>
        _record.TryReadData(pointer, out var bytes) && bytes.Length == 16 ? Ipv6Address.FromV6(bytes) : default;

    private int HasAny(int pointer) => _record.TryReadList(pointer, ElementSize.Composite, out var list) && list.Count > 0 ? 1 : 0;
}

/// <summary>A prefix, shown in its own address family.</summary>
internal readonly record struct Prefix(Ipv6Address Address, byte Length)
{
    public override string ToString() => $"{Address}/{Length}";
}
