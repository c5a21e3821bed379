using System.Globalization;
using Suite.Tests.Golden;

namespace Suite.Tests.Faithful;

/// <summary>
/// Tables as "peer, view, route" -> attributes in the oracle's words: one folded from tshark's messages, and one of <see cref="WireFold"/>.
/// Unicast, multicast and labelled unicast only: the oracle files do not hold what makes a VPN route unique.
/// </summary>
internal static class OracleFold
{
    public static Dictionary<string, Dictionary<string, string>> Of(IReadOnlyList<OracleMessage> messages)
    {
        var table = new Dictionary<string, Dictionary<string, string>>();
        foreach (var message in messages)
        {
            if (message.Type == "PeerDown")
            {
                string peer = PeerOf(message) + " view ";
                foreach (string gone in table.Keys.Where(route => route.StartsWith(peer, StringComparison.Ordinal)).ToList())
                    table.Remove(gone);
            }
            foreach (string route in message.Withdrawn.Where(IsCompared))
                table.Remove(Key(message, route));
            foreach (string route in message.Announced.Where(IsCompared))
                table[Key(message, route)] = (message.Attributes ?? new Dictionary<string, string>())
                    .Where(a => a.Key != "attribute types").ToDictionary(a => a.Key, a => a.Value);
            if (message.Type == "Termination")
                break;
        }
        return table;
    }

    public static Dictionary<string, Dictionary<string, string>> Of(Dictionary<RouteKey, RouteAttributes> table) =>
        table.Where(r => r.Key.Rib.Safi != 128).ToDictionary(r => KeyOf(r.Key), r => InOracleWords(r.Value));

    private static bool IsCompared(string route) => route.Split(' ')[0] is not ("1/128" or "2/128");

    private static string PeerOf(OracleMessage m) =>
        string.Join(' ', m.Peer["peer type"], m.Peer["peer distinguisher"], m.Peer["peer address"]);

    // The view's flags are L and O (RFC 7854 4.2, RFC 8671 4); a Loc-RIB has neither.
    private static string Key(OracleMessage m, string route)
    {
        int flags = int.Parse(m.Peer["peer flags"], CultureInfo.InvariantCulture);
        int view = m.Peer["peer type"] == "3" ? 4 : (flags >> 6 & 1) + (flags >> 4 & 1) * 2;
        int labels = route.IndexOf(" labels ", StringComparison.Ordinal);
        return $"{PeerOf(m)} view {view} {(labels < 0 ? route : route[..labels])}";
    }

    private static string KeyOf(RouteKey route)
    {
        var (peer, view, afi, safi) = route.Rib;
        string distinguisher = peer.Distinguisher.ToString("x16", CultureInfo.InvariantCulture);
        string pathId = route.PathId is { } id && safi != 4 ? $" path id {id}" : "";
        return $"{peer.Type} {distinguisher} {RouteText.Address(peer.Address)} view {view} {afi}/{safi} {route.Prefix}{pathId}";
    }

    private static Dictionary<string, string> InOracleWords(RouteAttributes attributes) => new()
    {
        ["ORIGIN"] = attributes.GetValueOrDefault(RouteAttributes.Origin, "INCOMPLETE"),
        ["AS_PATH"] = attributes.GetValueOrDefault(RouteAttributes.AsPath, ""),
        ["MULTI_EXIT_DISC"] = attributes.GetValueOrDefault(RouteAttributes.MultiExitDisc, "0"),
        ["LOCAL_PREF"] = attributes.GetValueOrDefault(RouteAttributes.LocalPref, "0"),
        ["ATOMIC_AGGREGATE"] = attributes.ContainsKey(RouteAttributes.AtomicAggregate).ToString(),
        ["AGGREGATOR"] = attributes.GetValueOrDefault(RouteAttributes.Aggregator, "0 0.0.0.0"),
        ["COMMUNITIES"] = Numbers(attributes.GetValueOrDefault(RouteAttributes.Communities, ""), digits: 4),
        ["LARGE_COMMUNITY"] = Numbers(attributes.GetValueOrDefault(RouteAttributes.LargeCommunities, ""), digits: 8),
        ["EXTENDED COMMUNITIES"] = attributes.GetValueOrDefault(RouteAttributes.ExtendedCommunities, ""),
    };

    // "fde90001" -> "65001:1".
    private static string Numbers(string items, int digits) => string.Join(' ', items.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(item => string.Join(':', item.Chunk(digits).Select(Number))));

    private static uint Number(char[] digits) => uint.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
