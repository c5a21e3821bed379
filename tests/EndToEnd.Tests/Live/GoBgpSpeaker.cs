using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EndToEnd.Tests.Live;

/// <summary>
/// Runs a GoBGP daemon in a host of the lab, and reads its tables with its command line. Its Adj-RIB-In keeps routes that come back with
/// its own AS in the path. It uses none of them, and GoBGP 3.10 does not write them to BMP.
/// </summary>
internal sealed partial class GoBgpSpeaker(NetworkLab lab, string host)
{
    /// <param name="As">Its AS.</param>
    /// <param name="RouterId">Its BGP identifier.</param>
    /// <param name="Neighbors">Address, AS, and whether it takes several paths of a prefix from there (ADD-PATH).</param>
    /// <param name="Station">Where BMP goes; null: nowhere.</param>
    public sealed record Settings(uint As, string RouterId, (string Address, uint As, bool AddPath)[] Neighbors, string? Station);

    private string OwnAs { get; set; } = "";

    public void Start(Settings settings)
    {
        OwnAs = settings.As.ToString(CultureInfo.InvariantCulture);
        string file = Path.Combine(lab.Folder.FullName, host + ".toml");
        File.WriteAllText(file, Configuration(settings));
        lab.Start(host, "gobgpd", "-f", file, "--api-hosts", "127.0.0.1:50051", "--pprof-disable");
    }

    public Task AnnounceAsync(string family, string route, CancellationToken cancel) =>
        CommandAsync($"global rib add {route} -a {family}", cancel);

    public Task WithdrawAsync(string family, string prefix, CancellationToken cancel) =>
        CommandAsync($"global rib del {prefix} -a {family}", cancel);

    public async Task<int> EstablishedAsync(CancellationToken cancel) =>
        (await lab.TryInAsync(host, ["gobgp", "neighbor"], cancel) ?? "").Split("Establ").Length - 1;

    /// <summary>Returns Adj-RIB-In before policies, without loops.</summary>
    public async Task<List<string>> ReceivedAsync(string neighbor, string family, CancellationToken cancel) =>
        Lines(await CommandAsync($"neighbor {neighbor} adj-in -a {family} -j", cancel), p =>
            !RouteLine.AsPathOf(p).Split(' ').Contains(OwnAs));

    /// <summary>Returns the same with the path identifiers, which only the printed table has: "prefix identifier next-hop".</summary>
    public async Task<List<string>> ReceivedIdentifiersAsync(string neighbor, string family, CancellationToken cancel) =>
        [.. (await CommandAsync($"neighbor {neighbor} adj-in -a {family}", cancel)).Split('\n').Select(l => TableRow().Match(l))
            .Where(m => m.Success && !m.Groups["rest"].Value.Split(' ').Contains(OwnAs))
            .Select(m => $"{m.Groups["prefix"].Value} {m.Groups["id"].Value} {m.Groups["hop"].Value}").Order(StringComparer.Ordinal)];

    /// <summary>Returns the routes that the policies let in from a neighbour.</summary>
    public async Task<List<string>> AcceptedAsync(string neighbor, string family, CancellationToken cancel) =>
        Lines(await GlobalAsync(family, cancel), p => p.TryGetProperty("neighbor-ip", out var from) && from.ValueEquals(neighbor));

    /// <summary>Returns the best path of every prefix.</summary>
    public async Task<List<string>> BestAsync(string family, CancellationToken cancel) =>
        Lines(await GlobalAsync(family, cancel), p => p.GetProperty("best").GetBoolean());

    private Task<string> GlobalAsync(string family, CancellationToken cancel) => CommandAsync($"global rib -a {family} -j", cancel);

    private Task<string> CommandAsync(string command, CancellationToken cancel) =>
        lab.RunInAsync(host, ["gobgp", .. command.Split(' ')], cancel);

    private static List<string> Lines(string json, Func<JsonElement, bool> chosen)
    {
        using var table = JsonDocument.Parse(json);
        if (table.RootElement.ValueKind != JsonValueKind.Object)
            return [];
        return [.. table.RootElement.EnumerateObject()
            .SelectMany(prefix => prefix.Value.EnumerateArray().Where(chosen).Select(path => RouteLine.FromGoBgp(prefix.Name, path)))
            .Order(StringComparer.Ordinal)];
    }

    private static string Configuration(Settings settings)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            [global.config]
              as = {settings.As}
              router-id = "{settings.RouterId}"
            {Policies}
            """);
        foreach (var (address, peerAs, addPath) in settings.Neighbors)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                [[neighbors]]
                  [neighbors.config]
                    neighbor-address = "{address}"
                    peer-as = {peerAs}
                  [neighbors.timers.config]
                    connect-retry = 1
                    idle-hold-time-after-reset = 1
                """);
            foreach (string family in (string[])["ipv4-unicast", "ipv6-unicast"])
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"""
                      [[neighbors.afi-safis]]
                        [neighbors.afi-safis.config]
                          afi-safi-name = "{family}"
                        [neighbors.afi-safis.add-paths.config]
                          receive = {(addPath ? "true" : "false")}
                    """);
            }
        }
        if (settings.Station is { } station)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                [[bmp-servers]]
                  [bmp-servers.config]
                    address = "{station}"
                    port = {LiveLab.BmpPort}
                    route-monitoring-policy = "all"
                    statistics-timeout = 15
                """);
        }
        return text.ToString();
    }

    // The policies mark incoming routes and refuse 198.18.0.0/15, so that the views before and after the policies differ. An own route
    // stays the best one, so that it is announced even if it comes back. Outgoing routes carry every kind of extended community, which the
    // command line cannot give to a unicast route.
    private const string Policies = """
        [[defined-sets.prefix-sets]]
          prefix-set-name = "refused"
          [[defined-sets.prefix-sets.prefix-list]]
            ip-prefix = "198.18.0.0/15"
            masklength-range = "15..24"
        [[defined-sets.neighbor-sets]]
          neighbor-set-name = "others"
          neighbor-info-list = ["10.0.12.0/24", "10.0.23.0/24", "2001:db8:12::/64", "2001:db8:23::/64"]
        [[policy-definitions]]
          name = "import"
          [[policy-definitions.statements]]
            name = "refuse"
            [policy-definitions.statements.conditions.match-prefix-set]
              prefix-set = "refused"
            [policy-definitions.statements.conditions.match-neighbor-set]
              neighbor-set = "others"
            [policy-definitions.statements.actions]
              route-disposition = "reject-route"
          [[policy-definitions.statements]]
            name = "mark"
            [policy-definitions.statements.conditions.match-neighbor-set]
              neighbor-set = "others"
            [policy-definitions.statements.actions]
              route-disposition = "accept-route"
              [policy-definitions.statements.actions.bgp-actions]
                set-med = "+5"
                set-local-pref = 50
                [policy-definitions.statements.actions.bgp-actions.set-community]
                  options = "add"
                  [policy-definitions.statements.actions.bgp-actions.set-community.set-community-method]
                    communities-list = ["65000:777"]
        [[policy-definitions]]
          name = "export"
          [[policy-definitions.statements]]
            name = "mark-extended"
            [policy-definitions.statements.actions]
              route-disposition = "accept-route"
              [policy-definitions.statements.actions.bgp-actions.set-ext-community]
                options = "add"
                [policy-definitions.statements.actions.bgp-actions.set-ext-community.set-ext-community-method]
                  communities-list = ["rt:65001:100", "rt:4200000001:7", "soo:10.0.0.1:100"]
        [global.apply-policy.config]
          import-policy-list = ["import"]
          export-policy-list = ["export"]
          default-import-policy = "accept-route"
          default-export-policy = "accept-route"
        """;

    // The first three columns are identifier, network and next hop.
    [GeneratedRegex(@"^\s+(?<id>\d+)\s+(?<prefix>\S+/\d+)\s+(?<hop>\S+)\s+(?<rest>.*)$")]
    private static partial Regex TableRow();
}
