using System.Globalization;
using System.Text.Json;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>
/// Reads the path attributes of an UPDATE as name and text, as far as the oracle holds them (only the presence of ORIGINATOR_ID,
/// CLUSTER_LIST and OTC). A missing attribute has the schema's default value.
/// </summary>
internal static class OracleAttributes
{
    private static readonly string[] Origins = ["IGP", "EGP", "INCOMPLETE"];

    public static Dictionary<string, string> Read(JsonElement update)
    {
        var attrs = update.GetProperty("attrs");
        var types = update.GetProperty("attr_types").EnumerateArray().Select(t => t.GetInt32());
        var values = new Dictionary<string, string>
        {
            ["attribute types"] = string.Join(' ', types.Distinct().Order()),
            ["ORIGIN"] = Origins[attrs.TryGetProperty("origin", out var origin) ? origin.GetInt32() : 2],
            ["AS_PATH"] = AsPath(attrs),
            ["MULTI_EXIT_DISC"] = Number(attrs, "med"),
            ["LOCAL_PREF"] = Number(attrs, "local_pref"),
            ["ATOMIC_AGGREGATE"] = attrs.TryGetProperty("atomic_aggregate", out _).ToString(),
            ["COMMUNITIES"] = Texts(attrs, "communities"),
            ["LARGE_COMMUNITY"] = Texts(attrs, "large_communities"),
        };
        if (attrs.TryGetProperty("aggregator", out var aggregator))
            values["AGGREGATOR"] = $"{aggregator[0].GetUInt32()} {aggregator[1].GetString()}";
        else if (!attrs.TryGetProperty("as4_aggregator", out _))
            values["AGGREGATOR"] = "0 0.0.0.0";
        // tshark names no sub-fields of some kinds. It shows them by their first bytes only.
        if (!attrs.TryGetProperty("ext_communities", out var extended) || extended.EnumerateArray().All(IsWhole))
            values["EXTENDED COMMUNITIES"] = Joined(attrs, "ext_communities", c => c.GetProperty("hex").GetString()!);
        return values;
    }

    /// <summary>
    /// Returns the next hops as "global link-local", by "AFI/SAFI". IPv4 unicast may be in MP_REACH_NLRI and in the classic NLRI of one
    /// UPDATE, each with a next hop of its own, and the oracle does not say from which of them a prefix comes.
    /// </summary>
    public static Dictionary<string, IReadOnlyList<string>> NextHops(JsonElement update)
    {
        var attrs = update.GetProperty("attrs");
        var hops = new Dictionary<string, IReadOnlyList<string>>();
        if (attrs.TryGetProperty("next_hop", out var classic))
            hops["1/1"] = [RouteText.Address(classic.GetString()!) + " "];
        if (attrs.TryGetProperty("mp_reach", out var reach))
        {
            // The route distinguisher of a VPN next hop is no address.
            string[] addresses = [.. reach.GetProperty("next_hops").EnumerateArray().Select(h => h.GetString()!)
                .Where(h => h.Contains('.', StringComparison.Ordinal) || h.Count(c => c == ':') > 1).Select(RouteText.Address)];
            string family = $"{reach.GetProperty("afi").GetInt32()}/{reach.GetProperty("safi").GetInt32()}";
            if (addresses.Length > 0)
                hops[family] = [.. hops.GetValueOrDefault(family, []), $"{addresses[0]} {(addresses.Length > 1 ? addresses[1] : "")}"];
        }
        return hops;
    }

    public static Dictionary<string, string> FromRecord(UpdateRecord r)
    {
        var segments = r.AsPathSegments.Count > 0
            ? r.AsPathSegments.Select(s => (SegmentName(s.Type), s.Asns.AsEnumerable()))
            : r.AsPath.Count > 0 ? [("SEQUENCE", r.AsPath.AsEnumerable())] : [];
        return new()
        {
            ["attribute types"] = string.Join(' ', Enumerable.Range(0, 64).Where(t => (r.AttributesPresent >> t & 1) != 0)),
            ["ORIGIN"] = r.Origin,
            ["AS_PATH"] = Segments(segments),
            ["MULTI_EXIT_DISC"] = r.MultiExitDisc.ToString(CultureInfo.InvariantCulture),
            ["LOCAL_PREF"] = r.LocalPreference.ToString(CultureInfo.InvariantCulture),
            ["ATOMIC_AGGREGATE"] = r.AtomicAggregate.ToString(),
            ["AGGREGATOR"] = $"{r.AggregatorAsn} {RouteText.RouterId(r.AggregatorBgpId)}",
            ["COMMUNITIES"] = string.Join(' ', r.Communities),
            ["LARGE_COMMUNITY"] = string.Join(' ', r.LargeCommunities),
            ["EXTENDED COMMUNITIES"] = string.Join(' ', r.ExtendedCommunities),
        };
    }

    private static string AsPath(JsonElement attrs)
    {
        var path = SegmentsOf(attrs, "as_path");
        var path4 = SegmentsOf(attrs, "as4_path");
        // RFC 6793 4.2.3: the AS4_PATH replaces the tail of a path of 2-byte numbers; a path of 4-byte numbers ignores it.
        bool hasTwoByteNumbers = attrs.TryGetProperty("as_path", out var segments) && segments.EnumerateArray()
            .Any(s => s.GetProperty("width").ValueEquals("2"));
        uint[] all = [.. path.SelectMany(s => s.Asns)], tail = [.. path4.SelectMany(s => s.Asns)];
        if (hasTwoByteNumbers && path.All(s => s.Type == "SEQUENCE") && path4.All(s => s.Type == "SEQUENCE") && tail.Length is > 0
            && tail.Length <= all.Length)
            return Segments([("SEQUENCE", all[..^tail.Length].Concat(tail))]);
        return Segments(path);
    }

    private static List<(string Type, IEnumerable<uint> Asns)> SegmentsOf(JsonElement attrs, string name) =>
        attrs.TryGetProperty(name, out var segments)
            ? [.. segments.EnumerateArray()
                .Select(s => (s.GetProperty("type").GetString()!, s.GetProperty("asns").EnumerateArray().Select(a => a.GetUInt32())))]
            : [];

    private static string Segments(IEnumerable<(string Type, IEnumerable<uint> Asns)> segments)
    {
        var text = "";
        string last = "";
        foreach (var (type, asns) in segments)
        {
            // Two sequences in a row are one path, because a segment holds at most 255 numbers.
            text += (type == last && type == "SEQUENCE" ? " " : $" {type} ") + string.Join(' ', asns);
            last = type;
        }
        return text.Trim();
    }

    private static string SegmentName(int type) =>
        type switch { 1 => "SET", 2 => "SEQUENCE", 3 => "CONFED_SEQUENCE", 4 => "CONFED_SET", _ => $"type {type}" };

    private static bool IsWhole(JsonElement community) => community.GetProperty("hex").GetString()!.Length == 16;

    private static string Number(JsonElement attrs, string name) =>
        (attrs.TryGetProperty(name, out var value) ? value.GetUInt32() : 0).ToString(CultureInfo.InvariantCulture);

    private static string Texts(JsonElement attrs, string name) => Joined(attrs, name, t => t.GetString()!);

    private static string Joined(JsonElement attrs, string name, Func<JsonElement, string> text) =>
        attrs.TryGetProperty(name, out var list) ? string.Join(' ', list.EnumerateArray().Select(text)) : "";
}
