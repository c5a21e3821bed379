using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Suite.Tests.Records;

/// <summary>
/// One Update of schemas/update.capnp in the reading of the <c>capnp</c> tool. Addresses are text, IPv4-mapped ones IPv4.
/// </summary>
internal sealed record UpdateRecord(
    ulong TimeReceivedNs, ulong TimeBmpHeaderNs, string RouterAddr, string PeerAddr, uint PeerBgpId, uint PeerAsn,
    string PrefixAddr, int PrefixLen, bool Announced, string Origin, IReadOnlyList<uint> AsPath, string NextHop,
    uint MultiExitDisc, uint LocalPreference, uint OnlyToCustomer, bool AtomicAggregate, uint AggregatorAsn, uint AggregatorBgpId,
    IReadOnlyList<string> Communities, IReadOnlyList<string> ExtendedCommunities, IReadOnlyList<string> LargeCommunities,
    IReadOnlyList<uint> ClusterList)
{
    public required uint? PathId { get; init; }
    public required int PeerType { get; init; }
    public required int PeerFlags { get; init; }
    public required int RibView { get; init; }
    public required ulong PeerDistinguisher { get; init; }
    public required ulong RouteDistinguisher { get; init; }
    public required ulong Sequence { get; init; }
    public required ulong AttributesPresent { get; init; }
    public required int Afi { get; init; }
    public required int Safi { get; init; }
    public required int ErrorAction { get; init; }
    public required string NextHopLinkLocal { get; init; }
    public required IReadOnlyList<(int Type, IReadOnlyList<uint> Asns)> AsPathSegments { get; init; }
    public required IReadOnlyList<uint> MplsLabels { get; init; }

    /// <summary>The route's key in a table. A later record with the same key replaces it.</summary>
    public string Key =>
        $"{RouterAddr} peer {PeerType}/{PeerDistinguisher:x}/{PeerAddr} view {RibView} {Afi}/{Safi} {RouteDistinguisher:x} " +
        $"{PrefixAddr}/{PrefixLen} id {PathId}";

    /// <summary>Reads whole messages, one after the other, with the <c>capnp</c> tool.</summary>
    public static async Task<IReadOnlyList<UpdateRecord>> ReadAsync(ReadOnlyMemory<byte> messages, CancellationToken cancel) =>
        [.. (await CapnpTool.ReadAsync(messages, RepositoryFolder.Schema("update"), "Update", cancel)).Select(From)];

    public static UpdateRecord From(JsonElement u) => new(
        Number(u, "timeReceivedNs"), Number(u, "timeBmpHeaderNs"), Address(u, "routerAddr"), Address(u, "peerAddr"),
        Small(u, "peerBgpId"), Small(u, "peerAsn"), Address(u, "prefixAddr"), (int)Small(u, "prefixLen"), Flag(u, "announced"),
        u.GetProperty("origin").GetString()!, Numbers(u, "asPath"), Address(u, "nextHop"),
        Small(u, "multiExitDisc"), Small(u, "localPreference"), Small(u, "onlyToCustomer"), Flag(u, "atomicAggregate"),
        Small(u, "aggregatorAsn"), Small(u, "aggregatorBgpId"),
        [.. List(u, "communities").Select(c => $"{Small(c, "asn")}:{Small(c, "value")}")],
        [.. List(u, "extendedCommunities")
            .Select(c => $"{Small(c, "typeHigh"):x2}{Small(c, "typeLow"):x2}{Convert.ToHexStringLower(Bytes(c, "value"))}")],
        [.. List(u, "largeCommunities")
            .Select(c => $"{Small(c, "globalAdmin")}:{Small(c, "localDataPart1")}:{Small(c, "localDataPart2")}")],
        Numbers(u, "clusterList"))
    {
        PathId = Flag(u, "hasPathId") ? Small(u, "pathId") : null,
        PeerType = (int)Small(u, "peerType"),
        PeerFlags = (int)Small(u, "peerFlags"),
        RibView = (int)Small(u, "ribView"),
        PeerDistinguisher = Number(u, "peerDistinguisher"),
        RouteDistinguisher = Number(u, "routeDistinguisher"),
        Sequence = Number(u, "sequence"),
        AttributesPresent = Number(u, "attributesPresent"),
        Afi = (int)Small(u, "afi"),
        Safi = (int)Small(u, "safi"),
        ErrorAction = (int)Small(u, "errorAction"),
        NextHopLinkLocal = Address(u, "nextHopLinkLocal"),
        AsPathSegments = [.. List(u, "asPathSegments").Select(s => ((int)Small(s, "type"), Numbers(s, "asns")))],
        MplsLabels = Numbers(u, "mplsLabels"),
    };

    // The tool writes 64-bit numbers as text and leaves out null pointers.
    private static ulong Number(JsonElement e, string name) => ulong.Parse(e.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static uint Small(JsonElement e, string name) => e.GetProperty(name).GetUInt32();

    private static bool Flag(JsonElement e, string name) => e.GetProperty(name).GetBoolean();

    private static IEnumerable<JsonElement> List(JsonElement e, string name) =>
        e.TryGetProperty(name, out var list) ? list.EnumerateArray() : [];

    private static IReadOnlyList<uint> Numbers(JsonElement e, string name) => [.. List(e, name).Select(n => n.GetUInt32())];

    private static byte[] Bytes(JsonElement e, string name) => [.. List(e, name).Select(n => n.GetByte())];

    private static string Address(JsonElement e, string name)
    {
        byte[] bytes = Bytes(e, name);
        if (bytes.Length == 0)
            return "";
        var address = new IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }
}
