using System.Buffers.Binary;
using System.Net;
using Risotto.Decode.Bgp;

namespace Replay.Explain;

/// <summary>Path attributes, RFC 4271 4.3. Names: IANA, BGP Path Attributes. A value that cannot be read shows as hex digits.</summary>
internal static class AttributeText
{
    private static readonly (byte Bit, string Name)[] FlagNames =
        [(0x80, "optional"), (0x40, "transitive"), (0x20, "partial"), (0x10, "extended length")];

    public static string Name(byte type) => type switch
    {
        1 => "ORIGIN",
        2 => "AS_PATH",
        3 => "NEXT_HOP",
        4 => "MULTI_EXIT_DISC",
        5 => "LOCAL_PREF",
        6 => "ATOMIC_AGGREGATE",
        7 => "AGGREGATOR",
        8 => "COMMUNITIES",
        9 => "ORIGINATOR_ID",
        10 => "CLUSTER_LIST",
        14 => "MP_REACH_NLRI",
        15 => "MP_UNREACH_NLRI",
        16 => "EXTENDED COMMUNITIES",
        17 => "AS4_PATH",
        18 => "AS4_AGGREGATOR",
        22 => "PMSI_TUNNEL",
        23 => "Tunnel Encapsulation",
        24 => "Traffic Engineering",
        25 => "IPv6 EXTENDED COMMUNITIES",
        26 => "AIGP",
        27 => "PE Distinguisher Labels",
        29 => "BGP-LS",
        32 => "LARGE_COMMUNITY",
        33 => "BGPsec_PATH",
        34 => "BGP Community Container",
        35 => "ONLY_TO_CUSTOMER",
        36 => "D-PATH",
        37 => "SFP attribute",
        38 => "BFD Discriminator",
        39 => "NHC",
        40 => "BGP Prefix-SID",
        128 => "ATTR_SET",
        _ => "unknown attribute",
    };

    /// <summary>The Attribute Flags spelled out.</summary>
    public static string Flags(byte flags)
    {
        var names = FlagNames.Where(flag => (flags & flag.Bit) != 0).Select(flag => flag.Name).ToList();
        if ((flags & 0x40) == 0 && (flags & 0x80) != 0)
            names.Insert(1, "non-transitive");
        if ((flags & 0x80) == 0)
            names.Insert(0, "well-known");
        if ((flags & 0x0F) != 0)
            names.Add($"unused bits 0x{flags & 0x0F:x}");
        return $"0x{flags:x2} {string.Join(", ", names)}";
    }

    /// <summary>The decoded value; hex digits where the length fits no reading or the type has none.</summary>
    /// <param name="type">Attribute type.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="asWidth">Bytes of an AS number in AS_PATH: 2 or 4.</param>
    public static string Value(byte type, ReadOnlySpan<byte> value, int asWidth) => ((PathAttributeType)type, value.Length) switch
    {
        (PathAttributeType.Origin, 1) => $"{value[0]}, {(value[0] switch { 0 => "IGP", 1 => "EGP", 2 => "INCOMPLETE", _ => "unknown" })}",
        (PathAttributeType.AsPath, _) => AsPathText.Of(value, asWidth),
        (PathAttributeType.As4Path, _) => AsPathText.Of(value, 4),
        (PathAttributeType.NextHop or PathAttributeType.OriginatorId, 4) => new IPAddress(value).ToString(),
        (PathAttributeType.MultiExitDisc or PathAttributeType.LocalPref or PathAttributeType.OnlyToCustomer, 4) =>
            BinaryPrimitives.ReadUInt32BigEndian(value).ToString(),
        (PathAttributeType.AtomicAggregate, 0) => "",
        (PathAttributeType.Aggregator, 6) => $"AS {BinaryPrimitives.ReadUInt16BigEndian(value)}, {new IPAddress(value[2..])}",
        (PathAttributeType.Aggregator or PathAttributeType.As4Aggregator, 8) =>
            $"AS {BinaryPrimitives.ReadUInt32BigEndian(value)}, {new IPAddress(value[4..])}",
        (PathAttributeType.ClusterList, _) => Entries(value, 4, entry => new IPAddress(entry).ToString()),
        (PathAttributeType.Communities, _) => Entries(value, CommunityText.Bytes, CommunityText.Community),
        (PathAttributeType.ExtendedCommunities, _) => Entries(value, CommunityText.ExtendedBytes, CommunityText.Extended),
        (PathAttributeType.Ipv6ExtendedCommunities, _) => Entries(value, CommunityText.Ipv6ExtendedBytes, CommunityText.Ipv6Extended),
        (PathAttributeType.LargeCommunities, _) => Entries(value, CommunityText.LargeBytes, CommunityText.Large),
        _ => FieldWriter.Hex(value),
    };

    private delegate string Entry(ReadOnlySpan<byte> entry);

    private static string Entries(ReadOnlySpan<byte> value, int width, Entry text)
    {
        if (value.IsEmpty || value.Length % width != 0)
            return FieldWriter.Hex(value);
        var entries = new List<string>();
        for (; !value.IsEmpty; value = value[width..])
            entries.Add(text(value[..width]));
        return FieldWriter.List(entries);
    }
}
