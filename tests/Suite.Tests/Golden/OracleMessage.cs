using System.Globalization;
using System.Text.Json;

namespace Suite.Tests.Golden;

/// <summary>
/// One BMP message as tshark reads it, with its routes as text that <see cref="RouteText"/> makes of the product's records too.
/// </summary>
internal sealed record OracleMessage(int Index, int Frame, int Stream, string Type, int Length)
{
    /// <summary>The fields of the Per-Peer Header; empty if the message has none.</summary>
    public required IReadOnlyDictionary<string, string> Peer { get; init; }

    public required IReadOnlyList<string> Announced { get; init; }

    public required IReadOnlyList<string> Withdrawn { get; init; }

    /// <summary>The path attributes; null if tshark gave up the message (it refuses a BGP message of more than 4096 bytes).</summary>
    public required IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>The next hops that a route of the family may have, each as "global link-local", by "AFI/SAFI".</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> NextHops { get; init; }

    public static OracleMessage From(JsonElement m)
    {
        JsonElement? update = null;
        if (m.GetProperty("type").ValueEquals("RouteMonitoring") && m.TryGetProperty("bgp", out var bgp) && bgp.GetArrayLength() > 0
            && bgp[0].GetProperty("bgp_type").ValueKind == JsonValueKind.Number && bgp[0].GetProperty("bgp_type").GetInt32() == 2)
            update = bgp[0];
        return new OracleMessage(m.GetProperty("i").GetInt32(), m.GetProperty("frame").GetInt32(), m.GetProperty("stream").GetInt32(),
            m.GetProperty("type").GetString()!, m.GetProperty("len").GetInt32())
        {
            Peer = m.TryGetProperty("peer", out var peer) ? PeerOf(peer) : new Dictionary<string, string>(),
            Announced = Routes(m, update, "announced", withdrawn: false),
            Withdrawn = Routes(m, update, "withdrawn", withdrawn: true),
            Attributes = update is { } u ? OracleAttributes.Read(u) : null,
            NextHops = update is { } n ? OracleAttributes.NextHops(n) : new Dictionary<string, IReadOnlyList<string>>(),
        };
    }

    private static Dictionary<string, string> PeerOf(JsonElement peer) => new()
    {
        ["peer type"] = peer.GetProperty("type").GetInt32().ToString(CultureInfo.InvariantCulture),
        ["peer flags"] = Convert.ToInt32(peer.GetProperty("flags").GetString()!, 16).ToString(CultureInfo.InvariantCulture),
        ["peer distinguisher"] = peer.GetProperty("rd_hex").GetString()!,
        ["peer address"] = RouteText.Address(peer.GetProperty("addr").GetString()!),
        ["peer AS"] = peer.GetProperty("asn").GetUInt32().ToString(CultureInfo.InvariantCulture),
        ["peer BGP ID"] = peer.GetProperty("bgp_id").GetString()!,
        ["time"] = ((peer.GetProperty("ts_sec").GetUInt64() * 1_000_000) + peer.GetProperty("ts_usec").GetUInt64())
            .ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>
    /// If tshark and the oracle's second decoder differ, the second is right, because tshark guesses ADD-PATH for each UPDATE.
    /// </summary>
    private static List<string> Routes(JsonElement m, JsonElement? update, string kind, bool withdrawn)
    {
        if (m.TryGetProperty("own_" + kind, out var own))
        {
            return
            [
                .. own.EnumerateArray().Select(r => RouteText.Format(
                    r[0].GetInt32(), r[1].GetInt32(), r[2].GetString()!, r[3].GetInt32(),
                    r[4].ValueKind == JsonValueKind.Number ? r[4].GetUInt32() : null)),
            ];
        }
        if (update is not { } u)
            return [];
        return [.. u.GetProperty(kind).EnumerateArray().Where(RouteText.IsDecoded).Select(r => RouteText.FromOracle(r, withdrawn))];
    }
}
