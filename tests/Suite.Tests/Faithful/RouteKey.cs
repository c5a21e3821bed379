namespace Suite.Tests.Faithful;

/// <summary>
/// One peer of one router, or one of its Loc-RIBs (RFC 7854 4.2): type, distinguisher, address. <paramref name="Session"/> tells peers with
/// the same link-local address apart by AS number and BGP ID (RFC 4291 2.5.6: such an address is unique on its link only); it is empty
/// for any other address.
/// </summary>
/// <param name="Router">The router's address.</param>
/// <param name="Type">Peer Type.</param>
/// <param name="Distinguisher">Peer Distinguisher as a big-endian number.</param>
/// <param name="Address">Peer Address; "::" for a Loc-RIB (RFC 9069 4.1).</param>
/// <param name="Session">"AS number, BGP ID" of a link-local peer.</param>
internal sealed record PeerKey(string Router, int Type, ulong Distinguisher, string Address, string Session)
{
    public static string SessionOf(string address, uint asn, uint bgpId) =>
        address is ['f', 'e', '8' or '9' or 'a' or 'b', _, ':', ..] ? $"AS {asn} ID {bgpId:x8}" : "";

    public override string ToString() => $"{Router} peer {Type}/{Distinguisher:x}/{Address}{(Session.Length > 0 ? $" ({Session})" : "")}";
}

/// <summary>
/// One table of a peer: RIB view (0 Adj-RIB-In pre-policy, 1 Adj-RIB-In post-policy, 2 and 3 Adj-RIB-Out, 4 Loc-RIB) and address family.
/// </summary>
internal sealed record RibKey(PeerKey Peer, int View, int Afi, int Safi)
{
    public override string ToString() => $"{Peer} view {View} {Afi}/{Safi}";
}

/// <summary>One route of one table. <paramref name="PathId"/> is null where the NLRI has no Path Identifier (RFC 7911 3).</summary>
internal sealed record RouteKey(RibKey Rib, ulong RouteDistinguisher, string Prefix, uint? PathId)
{
    public override string ToString() =>
        $"{Rib} {(Rib.Safi == 128 ? $"RD {RouteDistinguisher:x16} " : "")}{Prefix}{(PathId is { } id ? $" path id {id}" : "")}";
}

/// <summary>
/// The path attributes of a route as name and text: "AS_PATH" -> "SEQUENCE 65001 65002". A name is there only where the UPDATE has the
/// attribute and it can be read.
/// </summary>
internal sealed class RouteAttributes : SortedDictionary<string, string>
{
    public const string Origin = "ORIGIN", AsPath = "AS_PATH", NextHop = "NEXT_HOP", LinkLocal = "NEXT_HOP link-local",
        MultiExitDisc = "MULTI_EXIT_DISC", LocalPref = "LOCAL_PREF", AtomicAggregate = "ATOMIC_AGGREGATE", Aggregator = "AGGREGATOR",
        Communities = "COMMUNITIES", OriginatorId = "ORIGINATOR_ID", ClusterList = "CLUSTER_LIST",
        ExtendedCommunities = "EXTENDED COMMUNITIES", Ipv6ExtendedCommunities = "IPV6 EXTENDED COMMUNITIES",
        LargeCommunities = "LARGE_COMMUNITY", OnlyToCustomer = "OTC", Labels = "labels", Other = "other attributes";

    public RouteAttributes() : base(StringComparer.Ordinal)
    {
    }

    public RouteAttributes(RouteAttributes other) : base(other, StringComparer.Ordinal)
    {
    }

    public override string ToString() => string.Join("; ", this.Select(a => $"{a.Key} {a.Value}"));
}
