using System.Globalization;
using System.Text.Json;

namespace Suite.Tests.Faithful;

/// <summary>
/// Folds the records of the Updates topic, as <c>replay decode</c> prints them, to the table that a consumer has: of each route the record
/// with the highest epoch and sequence counts, and it is in the table if that record announces it.
/// </summary>
internal sealed class RecordFold
{
    private readonly Dictionary<RouteKey, (ulong Epoch, ulong Sequence, RouteAttributes? Attributes)> _last = [];
    private readonly Dictionary<string, (ulong Epoch, ulong Sequence)> _order = [];
    private readonly List<string> _disorder = [];

    /// <summary>Records whose place in the router's order is not after the one before it: a consumer's table would be wrong.</summary>
    public IReadOnlyList<string> Disorder => _disorder;

    public long Records { get; private set; }

    /// <summary>One record, as one JSON object.</summary>
    public void Add(JsonElement record)
    {
        Records++;
        var route = RouteOf(record);
        (ulong, ulong) place = (record.GetProperty("collectorEpochNs").GetUInt64(), record.GetProperty("sequence").GetUInt64());
        if (_order.TryGetValue(route.Rib.Peer.Router, out var before) && before.CompareTo(place) >= 0)
            _disorder.Add($"{route}: epoch and sequence {place} after {before}");
        _order[route.Rib.Peer.Router] = place;
        if (!_last.TryGetValue(route, out var known) || (known.Epoch, known.Sequence).CompareTo(place) < 0)
            _last[route] = (place.Item1, place.Item2, record.GetProperty("announced").GetBoolean() ? AttributesOf(record) : null);
    }

    public Dictionary<RouteKey, RouteAttributes> Table() =>
        _last.Where(r => r.Value.Attributes is not null).ToDictionary(r => r.Key, r => r.Value.Attributes!);

    private static RouteKey RouteOf(JsonElement r)
    {
        string address = Text(r, "peerAddr");
        var peer = new PeerKey(Text(r, "routerAddr"), Small(r, "peerType"), r.GetProperty("peerDistinguisher").GetUInt64(), address,
            PeerKey.SessionOf(address, Number(r, "peerAsn"), Number(r, "peerBgpId")));
        var rib = new RibKey(peer, Small(r, "ribView"), Small(r, "afi"), Small(r, "safi"));
        uint? pathId = r.GetProperty("hasPathId").GetBoolean() ? Number(r, "pathId") : null;
        string prefix = $"{Text(r, "prefixAddr")}/{Small(r, "prefixLen")}";
        return new RouteKey(rib, r.GetProperty("routeDistinguisher").GetUInt64(), prefix, pathId);
    }

    private static RouteAttributes AttributesOf(JsonElement r)
    {
        var attributes = new RouteAttributes();
        ulong present = r.GetProperty("attributesPresent").GetUInt64();
        void Take(int type, string name, Func<string> text)
        {
            if ((present >> type & 1) != 0)
                attributes[name] = text();
        }
        Take(1, RouteAttributes.Origin, () => Text(r, "origin"));
        Take(2, RouteAttributes.AsPath, () => WireText.AsPath(Segments(r)));
        Take(4, RouteAttributes.MultiExitDisc, () => Decimal(r, "multiExitDisc"));
        Take(5, RouteAttributes.LocalPref, () => Decimal(r, "localPreference"));
        Take(6, RouteAttributes.AtomicAggregate, () => r.GetProperty("atomicAggregate").GetBoolean() ? "" : "false");
        Take(7, RouteAttributes.Aggregator, () => $"{Number(r, "aggregatorAsn")} {RouterId(Number(r, "aggregatorBgpId"))}");
        Take(8, RouteAttributes.Communities, () => Joined(r, "communities", c => $"{Number(c, "asn"):x4}{Number(c, "value"):x4}"));
        Take(9, RouteAttributes.OriginatorId, () => Decimal(r, "originatorId"));
        Take(10, RouteAttributes.ClusterList, () => string.Join(' ', Numbers(r, "clusterList")));
        Take(16, RouteAttributes.ExtendedCommunities, () => Extended(r, valueDigits: 12));
        Take(25, RouteAttributes.Ipv6ExtendedCommunities, () => Extended(r, valueDigits: 36));
        Take(32, RouteAttributes.LargeCommunities, () => Joined(r, "largeCommunities",
            c => $"{Number(c, "globalAdmin"):x8}{Number(c, "localDataPart1"):x8}{Number(c, "localDataPart2"):x8}"));
        Take(35, RouteAttributes.OnlyToCustomer, () => Decimal(r, "onlyToCustomer"));
        if (Text(r, "nextHop") is var nextHop and not "::" and not "")
            attributes[RouteAttributes.NextHop] = nextHop;
        if (Text(r, "nextHopLinkLocal") is { Length: > 0 } linkLocal)
            attributes[RouteAttributes.LinkLocal] = linkLocal;
        if (Small(r, "safi") is 4 or 128)
            attributes[RouteAttributes.Labels] = string.Join(',', Numbers(r, "mplsLabels"));
        // What could not be read may be kept beside those that have no field of their own.
        var others = r.GetProperty("otherAttributes").EnumerateArray().Where(o => !WireAttributes.HasField(Small(o, "type"))).ToList();
        if (others.Count > 0)
            attributes[RouteAttributes.Other] = string.Join(' ', others.Select(o => $"{Small(o, "type")}:{Text(o, "value")}"));
        return attributes;
    }

    // Where AS_SEQUENCE is the only kind of segment, the numbers are in asPath alone.
    private static IEnumerable<(int Type, IReadOnlyList<uint> Numbers)> Segments(JsonElement r)
    {
        var segments = r.GetProperty("asPathSegments");
        if (segments.GetArrayLength() > 0)
            return segments.EnumerateArray().Select(s => (Small(s, "type"), Numbers(s, "asns")));
        var path = Numbers(r, "asPath");
        return path.Count > 0 ? [(2, path)] : [];
    }

    private static string Extended(JsonElement r, int valueDigits) => string.Join(' ', r.GetProperty("extendedCommunities").EnumerateArray()
        .Where(c => Text(c, "value").Length == valueDigits)
        .Select(c => $"{Number(c, "typeHigh"):x2}{Number(c, "typeLow"):x2}{Text(c, "value")}"));

    private static string RouterId(uint value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}");

    private static string Joined(JsonElement r, string name, Func<JsonElement, string> text) =>
        string.Join(' ', r.GetProperty(name).EnumerateArray().Select(text));

    private static IReadOnlyList<uint> Numbers(JsonElement r, string name) =>
        [.. r.GetProperty(name).EnumerateArray().Select(n => n.GetUInt32())];

    private static string Text(JsonElement r, string name) => r.GetProperty(name).GetString()!;

    private static uint Number(JsonElement r, string name) => r.GetProperty(name).GetUInt32();

    private static string Decimal(JsonElement r, string name) => Number(r, name).ToString(CultureInfo.InvariantCulture);

    private static int Small(JsonElement r, string name) => r.GetProperty(name).GetInt32();
}
