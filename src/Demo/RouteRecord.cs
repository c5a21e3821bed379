using System.Globalization;
using Replay.Json;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace Demo;

/// <summary>A record of the updates topic, as far as the demo shows it. Fields lie where the schema says.</summary>
internal readonly ref struct RouteRecord(StructReader record)
{
    // Of a list; some have hundreds.
    private const int MostShown = 6;

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

    /// <summary>How much there is to see of it: an AS path, and each of the three kinds of communities, counts one.</summary>
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
            var numbers = new string[Math.Min(path.Count, MostShown)];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = path.UInt32(i).ToString(CultureInfo.InvariantCulture);
            return Join(numbers, path.Count);
        }
    }

    /// <summary>Those of RFC 1997 and of RFC 8092; the first ones, where they are many.</summary>
    public string Communities
    {
        get
        {
            var texts = new List<string>();
            int count = 0;
            if (_record.TryReadList(CommunityList, ElementSize.Composite, out var communities))
            {
                count += communities.Count;
                for (int i = 0; i < communities.Count && texts.Count < MostShown; i++)
                    texts.Add($"{communities.Struct(i).ReadUInt32(0)}:{communities.Struct(i).ReadUInt16(4)}");
            }
            if (_record.TryReadList(LargeList, ElementSize.Composite, out var large))
            {
                count += large.Count;
                for (int i = 0; i < large.Count && texts.Count < MostShown; i++)
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
        _record.TryReadData(pointer, out var octets) && octets.Length == 16 ? Ipv6Address.FromV6(octets) : default;

    private int HasAny(int pointer) => _record.TryReadList(pointer, ElementSize.Composite, out var list) && list.Count > 0 ? 1 : 0;
}

/// <summary>A prefix; shown in its own family.</summary>
internal readonly record struct Prefix(Ipv6Address Address, byte Length)
{
    public override string ToString() => $"{Address}/{Length}";
}
