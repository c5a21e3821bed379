using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>
/// Runs real speakers, the real collector and a real Kafka client, and tests that the folded topic is the table that each speaker shows.
/// </summary>
public class LiveTests
{
    private const int PrePolicy = 0, PostPolicy = 1, LocRib = 4;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_topic_folds_to_the_tables_of_GoBGP_and_FRR_through_announcements_changes_and_withdrawals()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var lab = await LiveLab.StartAsync(cancel);

        await AnnounceAsync(lab, cancel);
        await AgreesAsync(lab, "after the announcements", Announced, cancel);
        await ChangeAsync(lab, cancel);
        await AgreesAsync(lab, "after the changes", Changed, cancel);
        await WithdrawAsync(lab, cancel);
        await AgreesAsync(lab, "after the withdrawals", Withdrawn, cancel);
    }

    // These routes must be there before two equal tables mean anything: they show that the changes have reached both.
    private static (string News, bool HasArrived)[] Announced(IReadOnlyList<UpdateRecord> table) =>
    [
        ("communities of all kinds at FRR", At(table, LiveLab.F1AtStation, LiveLab.G2OverIpv4, PrePolicy, "10.3.0.0")
            .Any(r => r.Communities.Contains("65535:65281") && r.LargeCommunities.Count == 2 && r.ExtendedCommunities.Count == 3)),
        ("several paths of an IPv4 prefix at GoBGP", PathIds(table, "10.64.1.0") >= 2),
        ("several paths of an IPv6 prefix at GoBGP", PathIds(table, "2001:db8:641::") >= 2),
        ("a refused prefix before policies", At(table, LiveLab.G1AtStation, LiveLab.F1OverIpv4, PrePolicy, "198.18.2.0").Any()),
        ("no refused prefix after them", !At(table, LiveLab.G1AtStation, LiveLab.F1OverIpv4, PostPolicy, "198.18.2.0").Any()),
    ];

    private static (string News, bool HasArrived)[] Changed(IReadOnlyList<UpdateRecord> table) =>
    [
        ("the other communities at FRR", At(table, LiveLab.F1AtStation, LiveLab.G1OverIpv4, PostPolicy, "10.1.0.0")
            .Any(r => r.Communities.Contains("65001:2") && r.LargeCommunities.SequenceEqual(["65102:7:7"]))),
        ("the other path at FRR", At(table, LiveLab.F1AtStation, LiveLab.G2OverIpv6, PrePolicy, "2001:db8:200::")
            .Any(r => r.AsPath.Contains(65011u))),
        ("the other path at GoBGP", At(table, LiveLab.G1AtStation, LiveLab.F1OverIpv6, PrePolicy, "2001:db8:200::")
            .Any(r => r.AsPath.Contains(65011u))),
    ];

    private static (string News, bool HasArrived)[] Withdrawn(IReadOnlyList<UpdateRecord> table) =>
    [
        ("GoBGP's IPv4 route gone from FRR", !At(table, LiveLab.F1AtStation, LiveLab.G1OverIpv4, PrePolicy, "10.64.1.0").Any()),
        ("GoBGP's IPv6 route gone from FRR", !At(table, LiveLab.F1AtStation, LiveLab.G2OverIpv6, PostPolicy, "2001:db8:200::").Any()),
        ("FRR's route gone from GoBGP", !At(table, LiveLab.G1AtStation, LiveLab.F1OverIpv6, PrePolicy, "203.0.113.2").Any()),
        ("FRR's default route gone from GoBGP", !At(table, LiveLab.G1AtStation, LiveLab.F1OverIpv4, PrePolicy, "::").Any()),
    ];

    private static int PathIds(IReadOnlyList<UpdateRecord> table, string prefix) =>
        At(table, LiveLab.G1AtStation, LiveLab.F1OverIpv6, PrePolicy, prefix).Where(r => r.PathId is not null).Select(r => r.PathId)
            .Distinct().Count();

    private static IEnumerable<UpdateRecord> At(IReadOnlyList<UpdateRecord> table, string router, string peer, int view, string prefix) =>
        table.Where(r => r.RouterAddr == router && r.PeerAddr == peer && r.RibView == view && r.PrefixAddr == prefix);

    private static (GoBgpSpeaker Speaker, int Host, int Net)[] Speakers(LiveLab lab) => [(lab.G1, 1, 12), (lab.G2, 3, 23)];

    private static async Task AnnounceAsync(LiveLab lab, CancellationToken cancel)
    {
        foreach (var (speaker, host, net) in Speakers(lab))
        {
            string hop4 = $"10.0.{net}.{host}", hop6 = $"2001:db8:{net}::{host}", own = $"6500{host}";
            await speaker.AnnounceAsync("ipv4",
                $"10.{host}.0.0/16 origin egp nexthop {hop4} community {own}:1,no-export large-community {own}:1:1,4200000001:2:3", cancel);
            await speaker.AnnounceAsync("ipv4",
                $"10.64.1.0/24 origin igp nexthop {hop4} community {own}:64 med 40 aggregator {own}:192.0.2.{host}", cancel);
            await speaker.AnnounceAsync("ipv4", $"10.200.0.0/19 nexthop {hop4} aspath 65010,4200009999,65010", cancel);
            await speaker.AnnounceAsync("ipv4", $"198.18.{host}.0/24 nexthop {hop4}", cancel);
            await speaker.AnnounceAsync("ipv6",
                $"2001:db8:{host}00::/48 origin egp nexthop {hop6} community {own}:1,no-export large-community {own}:1:1", cancel);
            await speaker.AnnounceAsync("ipv6", $"2001:db8:200::/47 nexthop {hop6} aspath 65010,4200009999,65010", cancel);
            await speaker.AnnounceAsync("ipv6", $"2001:db8:641::/48 nexthop {hop6} med 17", cancel);
        }
    }

    private static async Task ChangeAsync(LiveLab lab, CancellationToken cancel)
    {
        foreach (var (speaker, host, net) in Speakers(lab))
        {
            await speaker.AnnounceAsync("ipv4", $"10.{host}.0.0/16 origin igp nexthop 10.0.{net}.{host} community 6500{host}:2 med 7",
                cancel);
            await speaker.AnnounceAsync("ipv6", $"2001:db8:200::/47 nexthop 2001:db8:{net}::{host} aspath 65010,65011", cancel);
        }
    }

    private static async Task WithdrawAsync(LiveLab lab, CancellationToken cancel)
    {
        await lab.G1.WithdrawAsync("ipv4", "10.64.1.0/24", cancel);
        await lab.G1.WithdrawAsync("ipv6", "2001:db8:641::/48", cancel);
        await lab.G2.WithdrawAsync("ipv4", "10.200.0.0/19", cancel);
        await lab.G2.WithdrawAsync("ipv6", "2001:db8:200::/47", cancel);
        await lab.F1.GiveUpAsync("ipv4", "0.0.0.0/0", cancel);
        await lab.F1.GiveUpAsync("ipv4", "203.0.113.2/32", cancel);
        await lab.F1.GiveUpAsync("ipv6", "::/0", cancel);
    }

    private static async Task AgreesAsync(
        LiveLab lab, string when, Func<IReadOnlyList<UpdateRecord>, (string News, bool HasArrived)[]> news, CancellationToken cancel)
    {
        List<string> differences = [];
        await Eventually.TrueAsync(async () =>
            {
                var table = await lab.Topic.TableAsync(cancel);
                differences = await DifferencesAsync(lab, table, cancel);
                differences.AddRange(news(table).Where(n => !n.HasArrived).Select(n => $"not on the topic: {n.News}"));
                return differences.Count == 0;
            },
            Timeout,
            () => $"{when}: {lab.Topic.Records} records, {differences.Count} "
                + $"differences:\n{string.Join('\n', differences)}\n{lab.Network.Logs()}",
            cancel);
    }

    private static async Task<List<string>> DifferencesAsync(LiveLab lab, IReadOnlyList<UpdateRecord> table, CancellationToken cancel)
    {
        var differences = new List<string>();
        foreach (var (family, afi) in ((string, int)[])[("ipv4", 1), ("ipv6", 2)])
        {
            var routes = table.Where(r => r.Afi == afi).ToList();
            await GoBgpDifferencesAsync(lab, family, routes, differences, cancel);
            await FrrDifferencesAsync(lab, family, routes, differences, cancel);
        }
        return differences;
    }

    private static async Task GoBgpDifferencesAsync(LiveLab lab, string family, List<UpdateRecord> routes, List<string> differences,
        CancellationToken cancel)
    {
        List<UpdateRecord> RoutesFrom(string peer, int view) =>
            [.. routes.Where(r => r.RouterAddr == LiveLab.G1AtStation && r.RibView == view && (view == LocRib || r.PeerAddr == peer))];

        foreach (string neighbor in (string[])[LiveLab.F1OverIpv4, LiveLab.F1OverIpv6])
        {
            Compare($"GoBGP {neighbor} {family} pre-policy", await lab.G1.ReceivedAsync(neighbor, family, cancel),
                RoutesFrom(neighbor, PrePolicy).Select(RouteLine.FromRecord));
        }
        Compare($"GoBGP {LiveLab.F1OverIpv6} {family} path identifiers",
            await lab.G1.ReceivedIdentifiersAsync(LiveLab.F1OverIpv6, family, cancel),
            RoutesFrom(LiveLab.F1OverIpv6, PrePolicy).Select(r => $"{r.PrefixAddr}/{r.PrefixLen} {r.PathId} {r.NextHop}"));
        Compare($"GoBGP {family} post-policy", await lab.G1.AcceptedAsync(LiveLab.F1OverIpv4, family, cancel),
            RoutesFrom(LiveLab.F1OverIpv4, PostPolicy).Select(RouteLine.FromRecord));
        Compare($"GoBGP {family} Loc-RIB", await lab.G1.BestAsync(family, cancel), RoutesFrom("", LocRib).Select(RouteLine.FromRecord));

        void Compare(string what, IEnumerable<string> daemon, IEnumerable<string> topic) =>
            differences.AddRange(Different(what, daemon, topic));
    }

    private static async Task FrrDifferencesAsync(LiveLab lab, string family, List<UpdateRecord> routes, List<string> differences,
        CancellationToken cancel)
    {
        List<UpdateRecord> RoutesFrom(string peer, int view) =>
            [.. routes.Where(r => r.RouterAddr == LiveLab.F1AtStation && r.RibView == view
                && (r.PeerAddr == "0.0.0.0" ? "::" : r.PeerAddr) == peer)];

        var accepted = await lab.F1.AcceptedAsync(family, cancel);
        foreach (string neighbor in (string[])[LiveLab.G1OverIpv4, LiveLab.G1OverIpv6, LiveLab.G2OverIpv4, LiveLab.G2OverIpv6])
        {
            differences.AddRange(Different($"FRR {neighbor} {family} pre-policy", await lab.F1.ReceivedAsync(neighbor, family, cancel),
                RoutesFrom(neighbor, PrePolicy).Select(RouteLine.Short)));
            differences.AddRange(Different($"FRR {neighbor} {family} post-policy", accepted[neighbor],
                RoutesFrom(neighbor, PostPolicy).Select(RouteLine.FromRecord)));
        }
        differences.AddRange(Different($"FRR {family} own routes", accepted[FrrSpeaker.Itself],
            RoutesFrom(FrrSpeaker.Itself, PostPolicy).Where(r => !lab.F1.GivenUp.Contains($"{r.PrefixAddr}/{r.PrefixLen}"))
                .Select(RouteLine.FromRecord)));
    }

    private static IEnumerable<string> Different(string what, IEnumerable<string> daemon, IEnumerable<string> topic)
    {
        var left = daemon.ToList();
        foreach (string line in topic)
        {
            if (!left.Remove(line))
                yield return $"{what}: on the topic only: {line}";
        }
        foreach (string line in left)
            yield return $"{what}: in the daemon's table only: {line}";
    }
}
