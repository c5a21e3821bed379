using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EndToEnd.Tests.Live;

/// <summary>
/// Runs FRR's zebra and bgpd in a host of the lab, and reads their tables with vtysh. FRR 8.4 writes its BMP as it would write to an EBGP
/// peer: its own AS is the first of the path of a route from outside, and there is no LOCAL_PREF. In the view before policies it announces
/// a route only when the policies accept it. It announces its own routes under a zero-filled peer, and never withdraws them.
/// </summary>
internal sealed class FrrSpeaker(NetworkLab lab, string host)
{
    /// <summary>The Peer Address of FRR's own routes in BMP. It is zero-filled.</summary>
    public const string Itself = "::";

    private const string Daemons = "/usr/lib/frr/";

    // One of the commands writes words, the other signs.
    private static readonly Dictionary<string, string> Origins = new()
    {
        ["IGP"] = "IGP",
        ["EGP"] = "EGP",
        ["incomplete"] = "INCOMPLETE",
        ["i"] = "IGP",
        ["e"] = "EGP",
        ["?"] = "INCOMPLETE",
    };

    private readonly string _folder = Path.Combine(lab.Folder.FullName, host);
    private uint _as;

    /// <param name="As">Its AS.</param>
    /// <param name="RouterId">Its BGP identifier.</param>
    /// <param name="Neighbors">Address, AS, and whether it sends all paths of a prefix there (ADD-PATH).</param>
    /// <param name="Networks4">Its own IPv4 routes, each with the number of a community set.</param>
    /// <param name="Networks6">Its own IPv6 routes.</param>
    /// <param name="Station">Where BMP goes.</param>
    public sealed record Settings(
        uint As, string RouterId, (string Address, uint As, bool AddPath)[] Neighbors, string[] Networks4, string[] Networks6,
            string Station);

    public async Task StartAsync(Settings settings, CancellationToken cancel)
    {
        _as = settings.As;
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "zebra.conf"), $"hostname {host}\n");
        File.WriteAllText(Path.Combine(_folder, "bgpd.conf"), Configuration(settings));
        await NetworkLab.RunAsync("chown", ["-R", "frr:frr", _folder], cancel);
        string sockets = Path.Combine(_folder, "zserv.api");
        lab.Start(host, Daemons + "zebra", Arguments("zebra", sockets));
        await Eventually.TrueAsync(
            () => Task.FromResult(File.Exists(sockets)), TimeSpan.FromMinutes(5), () => "zebra does not listen: " + lab.Logs(), cancel);
        lab.Start(host, Daemons + "bgpd", ["-M", "bmp", .. Arguments("bgpd", sockets)]);
    }

    /// <summary>The own routes that it has withdrawn.</summary>
    public HashSet<string> GivenUp { get; } = [];

    public async Task GiveUpAsync(string family, string network, CancellationToken cancel)
    {
        await ConfigureAsync([$"address-family {family} unicast", $"no network {network}"], cancel);
        GivenUp.Add(network);
    }

    private Task ConfigureAsync(string[] commands, CancellationToken cancel) =>
        VtyshAsync(["configure terminal", $"router bgp {_as}", .. commands], cancel);

    /// <summary>Returns Adj-RIB-In before policies, without the routes that the policies refuse. FRR shows no communities there.</summary>
    public async Task<List<string>> ReceivedAsync(string neighbor, string family, CancellationToken cancel)
    {
        var json = await ShowAsync([$"show bgp {family} unicast neighbors {neighbor} received-routes json"], cancel);
        if (!json[0].TryGetProperty("receivedRoutes", out var routes))
            return [];
        return [.. routes.EnumerateObject().Where(r => !r.Name.StartsWith("198.18.", StringComparison.Ordinal))
            .Select(r => Short(r.Name, r.Value))
            .Order(StringComparer.Ordinal)];
    }

    private string Short(string prefix, JsonElement r) =>
        RouteLine.Short(prefix, (r.TryGetProperty("nextHopGlobal", out var hop6) ? hop6 : r.GetProperty("nextHop")).GetString()!,
            $"{_as} {r.GetProperty("path").GetString()}", Origins[r.GetProperty("bgpOriginCode").GetString()!],
            r.TryGetProperty("metric", out var med) ? med.GetUInt32() : 0);

    /// <summary>Returns the routes that the policies let in, by the neighbour's address; <see cref="Itself"/> for its own routes.</summary>
    public async Task<ILookup<string, string>> AcceptedAsync(string family, CancellationToken cancel)
    {
        // The JSON of the whole table has no communities; that of one prefix has them.
        var prefixes = (await ShowAsync([$"show bgp {family} unicast json"], cancel))[0].GetProperty("routes").EnumerateObject()
            .Select(r => r.Name);
        var views = await ShowAsync([.. prefixes.Select(p => $"show bgp {family} unicast {p} json")], cancel);
        return views.Where(v => v.TryGetProperty("paths", out _))
            .SelectMany(v => v.GetProperty("paths").EnumerateArray()
                .Select(path => (Prefix: v.GetProperty("prefix").GetString()!, Path: path)))
            .ToLookup(r => NeighborOf(r.Path), r => Line(r.Prefix, r.Path));
    }

    private static string NeighborOf(JsonElement path) =>
        path.TryGetProperty("sourced", out _) ? Itself : path.GetProperty("peer").GetProperty("peerId").GetString()!;

    private string Line(string prefix, JsonElement path)
    {
        bool isLocal = path.TryGetProperty("local", out _) || path.TryGetProperty("sourced", out _);
        string asPath = path.GetProperty("aspath").GetProperty("string").GetString()!;
        return RouteLine.Line(prefix, path.GetProperty("nexthops").EnumerateArray().First().GetProperty("ip").GetString()!,
            isLocal ? "" : $"{_as} {asPath}", Origins[path.GetProperty("origin").GetString()!],
            path.TryGetProperty("metric", out var med) ? med.GetUInt32() : 0, 0,
            Words(path, "community").Select(c => c == "no-export" ? "65535:65281" : c), Words(path, "largeCommunity"),
                Words(path, "extendedCommunity"),
            path.TryGetProperty("aggregatorAs", out var aggregator)
                ? $"{aggregator.GetUInt32()} {path.GetProperty("aggregatorId").GetString()}" : "");
    }

    private static string[] Words(JsonElement path, string name) =>
        path.TryGetProperty(name, out var values) ? values.GetProperty("string")
            .GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];

    // One JSON value for each command.
    private async Task<List<JsonElement>> ShowAsync(string[] commands, CancellationToken cancel)
    {
        var values = new List<JsonElement>();
        if (commands.Length == 0)
            return values;
        string json = await VtyshAsync(commands, cancel);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
            values.Add(JsonElement.ParseValue(ref reader));
        return values;
    }

    private Task<string> VtyshAsync(string[] commands, CancellationToken cancel) =>
        lab.RunInAsync(host, ["vtysh", "--vty_socket", _folder, .. commands.SelectMany(c => (string[])["-c", c])], cancel);

    private string[] Arguments(string daemon, string sockets) =>
    [
        "-u", "frr", "-g", "frr", "-i", Path.Combine(_folder, daemon + ".pid"), "-f", Path.Combine(_folder, daemon + ".conf"),
        "-z", sockets, "--vty_socket", _folder, "-P", "0",
    ];

    private string Configuration(Settings settings)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            hostname {host}
            ip prefix-list REFUSED seq 5 permit 198.18.0.0/15 le 32
            route-map IN deny 5
             match ip address prefix-list REFUSED
            route-map IN permit 10
             set local-preference 170
             set community 65000:777 additive
             set large-community 65102:7:7 additive
            route-map OWN permit 10
             set community 65102:1 65102:100 no-export
             set large-community 4200000102:1:2 65102:2:3
             set extcommunity rt 65102:5 10.0.0.2:5 4200000102:5
             set extcommunity soo 65102:6
             set metric 30
             set origin egp
             set aggregator as 65010 10.9.9.9
            router bgp {settings.As}
             bgp router-id {settings.RouterId}
             no bgp ebgp-requires-policy
             no bgp network import-check
             timers bgp 5 15
            """);
        foreach (var (address, peerAs, _) in settings.Neighbors)
            text.AppendLine(CultureInfo.InvariantCulture, $" neighbor {address} remote-as {peerAs}\n neighbor {address} timers connect 1");
        foreach (var (family, networks) in (ReadOnlySpan<(string, string[])>)[("ipv4", settings.Networks4), ("ipv6", settings.Networks6)])
        {
            text.AppendLine(CultureInfo.InvariantCulture, $" address-family {family} unicast");
            foreach (var (address, _, addPath) in settings.Neighbors)
            {
                foreach (string setting in (string[])["activate", "soft-reconfiguration inbound", "route-map IN in",
                    .. addPath ? (string[])["addpath-tx-all-paths"] : []])
                    text.AppendLine(CultureInfo.InvariantCulture, $"  neighbor {address} {setting}");
            }
            foreach (string network in networks)
                text.AppendLine(CultureInfo.InvariantCulture, $"  network {network}");
            text.AppendLine(" exit-address-family");
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"""
             bmp targets STATION
              bmp connect {settings.Station} port {LiveLab.BmpPort} min-retry 1000 max-retry 2000
              bmp stats interval 10000
              bmp monitor ipv4 unicast pre-policy
              bmp monitor ipv4 unicast post-policy
              bmp monitor ipv6 unicast pre-policy
              bmp monitor ipv6 unicast post-policy
             exit
            exit
            """);
        return text.ToString();
    }
}
