using System.Globalization;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>
/// The lab of the live tests: g1 (GoBGP, BMP over IPv4) - f1 (FRR, BMP over IPv6, sends all paths) - g2 (GoBGP, announces the same routes
/// as the others), and st, where the collector runs with its embedded broker and kcat reads the topic.
/// </summary>
internal sealed partial class LiveLab : IAsyncDisposable
{
    public const int BmpPort = 11019;
    public const string F1OverIpv4 = "10.0.12.2", F1OverIpv6 = "2001:db8:12::2";
    public const string G1OverIpv4 = "10.0.12.1", G1OverIpv6 = "2001:db8:12::1", G2OverIpv4 = "10.0.23.3", G2OverIpv6 = "2001:db8:23::3";
    public const string G1AtStation = "10.0.101.1", F1AtStation = "2001:db8:102::1";

    private const uint G1As = 65001, F1As = 4200000102, G2As = 65003;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private LiveLab(NetworkLab network, UpdateTopic topic)
    {
        Network = network;
        Topic = topic;
        G1 = new GoBgpSpeaker(network, "g1");
        G2 = new GoBgpSpeaker(network, "g2");
        F1 = new FrrSpeaker(network, "f1");
    }

    public NetworkLab Network { get; }

    public UpdateTopic Topic { get; }

    public GoBgpSpeaker G1 { get; }

    public GoBgpSpeaker G2 { get; }

    public FrrSpeaker F1 { get; }

    public static async Task<LiveLab> StartAsync(CancellationToken cancel)
    {
        Programs.Need("gobgpd", "vtysh", "kcat", "capnp");
        var network = await NetworkLab.CreateAsync(cancel, "g1", "f1", "g2", "st");
        try
        {
            await network.LinkAsync(("g1", "f1", ["10.0.12.1/24", "2001:db8:12::1/64"]),
                ("f1", "g1", ["10.0.12.2/24", "2001:db8:12::2/64"]), cancel);
            await network.LinkAsync(("g2", "f1", ["10.0.23.3/24", "2001:db8:23::3/64"]),
                ("f1", "g2", ["10.0.23.2/24", "2001:db8:23::2/64"]), cancel);
            await network.LinkAsync(("g1", "st", ["10.0.101.1/24"]), ("st", "g1", ["10.0.101.9/24"]), cancel);
            await network.LinkAsync(("f1", "st", ["2001:db8:102::1/64"]), ("st", "f1", ["2001:db8:102::9/64"]), cancel);
            var lab = new LiveLab(network, await StationAsync(network, cancel));
            await lab.StartSpeakersAsync(cancel);
            return lab;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Network.DisposeAsync();

    private static async Task<UpdateTopic> StationAsync(NetworkLab network, CancellationToken cancel)
    {
        var risotto = network.Start("st", Path.Combine(AppContext.BaseDirectory, "risotto"),
            "--bmp-address", $"[::]:{BmpPort.ToString(CultureInfo.InvariantCulture)}", "--metrics-address", "127.0.0.1:8080",
            "--kafka-brokers", "embedded", "--kafka-batch-wait-time", "100", "--kafka-batch-wait-interval", "50", "--collector-id", "live",
            "--curation-state-path", Path.Combine(network.Folder.FullName, "state.bin"));
        string? broker = null;
        await Eventually.TrueAsync(() => Task.FromResult((broker = risotto.Find(EmbeddedBroker())) is not null), StartTimeout,
            () => "risotto names no embedded broker: " + risotto.LastLines(), cancel);
        return new UpdateTopic(network.StartData("st", "kcat", "-C", "-q", "-u", "-b", broker!, "-t", "risotto-updates", "-o", "beginning",
            "-f", "%s"));
    }

    private async Task StartSpeakersAsync(CancellationToken cancel)
    {
        await F1.StartAsync(new FrrSpeaker.Settings(F1As, "192.0.2.2",
            [(G1OverIpv4, G1As, false), (G1OverIpv6, G1As, true), (G2OverIpv4, G2As, false), (G2OverIpv6, G2As, false)],
            ["10.64.1.0/24 route-map OWN", "10.64.2.0/23 route-map OWN", "0.0.0.0/0", "203.0.113.2/32", "198.18.2.0/24"],
            ["2001:db8:641::/48 route-map OWN", "2001:db8:642:8000::/49 route-map OWN", "::/0", "2001:db8:643::1/128"], "2001:db8:102::9"),
                cancel);
        G1.Start(new GoBgpSpeaker.Settings(G1As, "192.0.2.1", [(F1OverIpv4, F1As, false), (F1OverIpv6, F1As, true)], "10.0.101.9"));
        G2.Start(new GoBgpSpeaker.Settings(G2As, "192.0.2.3", [("10.0.23.2", F1As, false), ("2001:db8:23::2", F1As, false)], null));
        foreach (var speaker in (GoBgpSpeaker[])[G1, G2])
        {
            await Eventually.TrueAsync(
                async () => await speaker.EstablishedAsync(cancel) == 2, StartTimeout, () => "a BGP session does not come up: "
                    + Network.Logs(), cancel);
        }
    }

    [GeneratedRegex(@"embedded.* (127\.0\.0\.1:\d+)")]
    private static partial Regex EmbeddedBroker();
}
