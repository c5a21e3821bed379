using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>
/// Makes one text for each route from tshark's reading and from the product's record, so that a test can compare and show them.
/// </summary>
internal static partial class RouteText
{
    /// <summary>True for the address families that the product decodes. It counts others as skipped.</summary>
    public static bool IsDecoded(JsonElement route) =>
        route.GetProperty("afi").GetInt32() is 1 or 2 && route.GetProperty("safi").GetInt32() is 1 or 2 or 4 or 128;

    public static string Format(int afi, int safi, string prefix, int length, uint? pathId) =>
        $"{afi}/{safi} {prefix}/{length}" + (pathId is { } id ? $" path id {id}" : "");

    public static string FromOracle(JsonElement route, bool withdrawn)
    {
        int afi = route.GetProperty("afi").GetInt32(), safi = route.GetProperty("safi").GetInt32();
        string show = route.TryGetProperty("show", out var s) ? s.GetString()! : "";
        uint? pathId = route.TryGetProperty("path_id", out var id) ? id.GetUInt32() : null;
        if (safi is 1 or 2)
            return Format(afi, safi, route.GetProperty("prefix").GetString()!, route.GetProperty("len").GetInt32(), pathId);
        if (safi == 4 && LabelledPrefix().Match(show) is { Success: true } labelled)
        {
            string prefix = $"{afi}/{safi} {labelled.Groups["prefix"].Value}";
            return withdrawn ? prefix : $"{prefix} labels {labelled.Groups["labels"].Value}";
        }
        if (safi == 128 && route.TryGetProperty("prefix", out var vpn))
            return $"{afi}/{safi} {vpn.GetString()} in {route.GetProperty("bits").GetInt32()} bits";
        // This oracle holds no prefix of a VPN-IPv6 route. VpnRouteTests asks tshark for it.
        return $"{afi}/{safi}";
    }

    /// <summary>Uses only the fields of the record that <see cref="FromOracle"/> knows of such a route.</summary>
    public static string FromRecord(UpdateRecord r)
    {
        string labels = r.Announced ? $" labels {string.Join(',', r.MplsLabels)}" : "";
        return (r.Afi, r.Safi) switch
        {
            (_, 4) => $"{r.Afi}/{r.Safi} {r.PrefixAddr}/{r.PrefixLen}{labels}",
            (1, 128) => $"{r.Afi}/{r.Safi} {r.PrefixAddr} in {(24 * Math.Max(1, r.MplsLabels.Count)) + 64 + r.PrefixLen} bits",
            (_, 128) => $"{r.Afi}/{r.Safi}",
            _ => Format(r.Afi, r.Safi, r.PrefixAddr, r.PrefixLen, r.PathId),
        };
    }

    /// <summary>Shows an address by the schema: an IPv4-mapped address is IPv4; the family of a zero-filled address is not known.</summary>
    public static string Address(string text) => text switch
    {
        "::" => "0.0.0.0",
        _ when text.StartsWith("::ffff:", StringComparison.Ordinal) && text.Contains('.', StringComparison.Ordinal)
            => text["::ffff:".Length..],
        _ => text,
    };

    public static string RouterId(uint value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value >> 24}.{(value >> 16) & 255}.{(value >> 8) & 255}.{value & 255}");

    [GeneratedRegex(@"^Label Stack=(?<labels>[0-9,]+) \(\w+\),? IPv[46]=(?<prefix>\S+)$")]
    private static partial Regex LabelledPrefix();
}
