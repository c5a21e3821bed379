using System.Globalization;
using System.Text.Json;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>Writes one path of a table as one line of text, in the same form from a daemon's JSON and from a record.</summary>
internal static class RouteLine
{
    private static readonly string[] Origins = ["IGP", "EGP", "INCOMPLETE"];

    public static string FromRecord(UpdateRecord r) =>
        Line($"{r.PrefixAddr}/{r.PrefixLen}", r.NextHop, string.Join(' ', r.AsPath), r.Origin, r.MultiExitDisc, r.LocalPreference,
            r.Communities,
            r.LargeCommunities, r.ExtendedCommunities.Select(Extended), r.AggregatorAsn == 0 ? ""
                : $"{r.AggregatorAsn} {Dotted(r.AggregatorBgpId)}");

    /// <summary>Writes the parts of a path that FRR's list of received routes has.</summary>
    public static string Short(string prefix, string nextHop, string asPath, string origin, uint med) =>
        $"{prefix} via {nextHop} path [{asPath}] {origin} med {med}";

    public static string Short(UpdateRecord r) =>
        Short($"{r.PrefixAddr}/{r.PrefixLen}", r.NextHop, string.Join(' ', r.AsPath), r.Origin, r.MultiExitDisc);

    public static string Line(string prefix, string nextHop, string asPath, string origin, uint med, uint localPreference,
        IEnumerable<string> communities, IEnumerable<string> large, IEnumerable<string> extended, string aggregator) =>
        $"{prefix} via {nextHop} path [{asPath}] {origin} med {med} local-pref {localPreference} communities [{Sorted(communities)}]"
        + $" large [{Sorted(large)}] extended [{Sorted(extended)}] aggregator [{aggregator}]";

    /// <summary>Writes a path as <c>gobgp -j</c> prints it.</summary>
    public static string FromGoBgp(string prefix, JsonElement path)
    {
        var attributes = path.GetProperty("attrs").EnumerateArray().ToDictionary(a => a.GetProperty("type").GetInt32());
        string nextHop = (attributes.TryGetValue(14, out var reach) ? reach : attributes[3]).GetProperty("nexthop").GetString()!;
        return Line(prefix, nextHop, AsPathOf(path),
            Origins[attributes[1].GetProperty("value").GetInt32()], Number(attributes, 4, "metric"), Number(attributes, 5, "value"),
            Values(attributes, 8, "communities").Select(c => Community(c.GetUInt32())),
            Values(attributes, 32, "value")
                .Select(c => $"{c.GetProperty("ASN")}:{c.GetProperty("LocalData1")}:{c.GetProperty("LocalData2")}"),
            Values(attributes, 16, "value").Select(GoBgpExtended),
            attributes.TryGetValue(7, out var aggregator)
                ? $"{aggregator.GetProperty("as")} {aggregator.GetProperty("address").GetString()}" : "");
    }

    /// <summary>Returns the AS numbers of a path as <c>gobgp -j</c> prints it.</summary>
    public static string AsPathOf(JsonElement path) =>
        string.Join(' ', path.GetProperty("attrs").EnumerateArray().Where(a => a.TryGetProperty("as_paths", out _))
            .SelectMany(a => a.GetProperty("as_paths").EnumerateArray()).SelectMany(s => s.GetProperty("asns").EnumerateArray())
                .Select(a => a.GetUInt32()));

    private static string GoBgpExtended(JsonElement c)
    {
        string value = c.GetProperty("value").GetString()!;
        // GoBGP writes a 4-octet AS as two numbers with a dot: 64086.59238.
        if (c.GetProperty("type").GetInt32() == 2)
        {
            string[] parts = value.Split('.', ':');
            uint high = uint.Parse(parts[0], CultureInfo.InvariantCulture), low = uint.Parse(parts[1], CultureInfo.InvariantCulture);
            value = $"{(high << 16) + low}:{parts[2]}";
        }
        return $"{Kind(c.GetProperty("subtype").GetInt32())}:{value}";
    }

    // RFC 4360 3 and RFC 5668: type, sub-type, and an administrator of two bytes, an address or an AS of four bytes.
    private static string Extended(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        uint Read(int from, int to) => bytes[from..to].Aggregate(0u, (sum, b) => (sum << 8) | b);
        return $"{Kind(bytes[1])}:" + bytes[0] switch
        {
            0 => $"{Read(2, 4)}:{Read(4, 8)}",
            1 => $"{Dotted(Read(2, 6))}:{Read(6, 8)}",
            2 => $"{Read(2, 6)}:{Read(6, 8)}",
            _ => hex,
        };
    }

    private static string Kind(int subType) => subType switch
    {
        2 => "RT",
        3 => "SoO",
        _ =>
        subType.ToString(CultureInfo.InvariantCulture)
    };

    private static string Community(uint value) => $"{value >> 16}:{value & 0xFFFF}";

    private static string Dotted(uint value) => $"{value >> 24}.{(value >> 16) & 255}.{(value >> 8) & 255}.{value & 255}";

    private static uint Number(Dictionary<int, JsonElement> attributes, int type, string name) =>
        attributes.TryGetValue(type, out var attribute) ? attribute.GetProperty(name).GetUInt32() : 0;

    private static IEnumerable<JsonElement> Values(Dictionary<int, JsonElement> attributes, int type, string name) =>
        attributes.TryGetValue(type, out var attribute) ? attribute.GetProperty(name).EnumerateArray() : [];

    private static string Sorted(IEnumerable<string> values) => string.Join(' ', values.Order(StringComparer.Ordinal));
}
