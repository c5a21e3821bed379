using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>One text per route, made of tshark's reading and of the product's record alike, so that they can be compared and shown.</summary>
internal static partial class RouteText
{
    /// <summary>The address families that the product decodes; others are counted as skipped.</summary>
    public static bool IsDecoded(JsonElement route) =>
        route.GetProperty("afi").GetInt32() is 1 or 2 && route.GetProperty("safi").GetInt32() is 1 or 2 or 4 or 128;

    public static string Of(int afi, int safi, string prefix, int length, uint? pathId) =>
        $"{afi}/{safi} {prefix}/{length}" + (pathId is { } id ? $" path id {id}" : "");

    public static string OfOracle(JsonElement route, bool withdrawn)
    {
        int afi = route.GetProperty("afi").GetInt32(), safi = route.GetProperty("safi").GetInt32();
        string show = route.TryGetProperty("show", out var s) ? s.GetString()! : "";
        uint? pathId = route.TryGetProperty("path_id", out var id) ? id.GetUInt32() : null;
        if (safi is 1 or 2)
            return Of(afi, safi, route.GetProperty("prefix").GetString()!, route.GetProperty("len").GetInt32(), pathId);
        if (safi == 4 && LabelledPrefix().Match(show) is { Success: true } labelled)
        {
            string prefix = $"{afi}/{safi} {labelled.Groups["prefix"].Value}";
            return withdrawn ? prefix : $"{prefix} labels {labelled.Groups["labels"].Value}";
        }
        if (safi == 128 && route.TryGetProperty("prefix", out var vpn))
            return $"{afi}/{safi} {vpn.GetString()} in {route.GetProperty("bits").GetInt32()} bits";
        // Of a VPN-IPv6 route this oracle holds no prefix; VpnRouteTests asks tshark for it.
        return $"{afi}/{safi}";
    }

    /// <summary>No more of the record than <see cref="OfOracle"/> knows of such a route.</summary>
    public static string OfRecord(UpdateRecord r)
    {
        string labels = r.Announced ? $" labels {string.Join(',', r.MplsLabels)}" : "";
        return (r.Afi, r.Safi) switch
        {
            (_, 4) => $"{r.Afi}/{r.Safi} {r.PrefixAddr}/{r.PrefixLen}{labels}",
            (1, 128) => $"{r.Afi}/{r.Safi} {r.PrefixAddr} in {(24 * Math.Max(1, r.MplsLabels.Count)) + 64 + r.PrefixLen} bits",
            (_, 128) => $"{r.Afi}/{r.Safi}",
            _ => Of(r.Afi, r.Safi, r.PrefixAddr, r.PrefixLen, r.PathId),
        };
    }

    /// <summary>An address as the schema means it: an IPv4-mapped one is IPv4, and of one that is zero-filled the family is not known.</summary>
    public static string Address(string text) => text switch
    {
        "::" => "0.0.0.0",
        _ when text.StartsWith("::ffff:", StringComparison.Ordinal) && text.Contains('.', StringComparison.Ordinal) => text["::ffff:".Length..],
        _ => text,
    };

    public static string RouterId(uint value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value >> 24}.{(value >> 16) & 255}.{(value >> 8) & 255}.{value & 255}");

    [GeneratedRegex(@"^Label Stack=(?<labels>[0-9,]+) \(\w+\),? IPv[46]=(?<prefix>\S+)$")]
    private static partial Regex LabelledPrefix();
}
