using Risotto.Curate;

namespace Risotto.Tests.Listen;

/// <summary>What the log and the metrics say about routers, and about what the collector does to their tables.</summary>
public sealed class RouterLinesTests
{
    private const int Hold = 5;

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static readonly RisottoOptions Curated = Collector.LoopbackOptions with
    {
        Curation = new CurationOptions { Hold = TimeSpan.FromSeconds(Hold) },
    };

    [Fact]
    public async Task A_router_that_comes_and_leaves_and_the_withdrawal_of_its_routes_are_one_line_each()
    {
        await using var collector = await Collector.StartAsync(Curated);
        ushort port = await collector.SendAsync(
            new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Announce("192.0.2.9", 1, 2).Bytes);
        string left = await LineAsync(collector, "left");
        Assert.Equal(
            $"127.0.0.1:{port} left, router 'r1': router_closed, after 4 messages; peers of the session 1, routes of the router 2", left);

        using var socket = await collector.ConnectAsync();
        await socket.SendAsync(new BmpStream().Initiation().Bytes);
        await Collector.UntilAsync(() => Task.FromResult(collector.Log.Infos.Count(line => line.Contains("connected", Ordinal)) == 2));
        Assert.EndsWith("connected, router 'r1'; known from before: peers 1, routes 2",
            collector.Log.Infos.Last(line => line.Contains("connected", Ordinal)), Ordinal);
        socket.Close();
        await Collector.UntilAsync(() =>
        {
            collector.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(collector.Log.Infos.Any(line => line.Contains("withdrawn", Ordinal)));
        });
        Assert.Equal(
            "2 routes of 127.0.0.1 are withdrawn by the collector: peer 192.0.2.9, distinguisher 0; cause: session_lost",
            Assert.Single(collector.Log.Infos, line => line.Contains("withdrawn", Ordinal)));
        Assert.Contains("risotto_synthetic_withdraws_total{router=\"127.0.0.1\",cause=\"session_lost\"} 2",
            await collector.MetricsAsync("risotto_synthetic_withdraws_total"));
        Assert.Empty(collector.Log.Warnings);
    }

    [Fact]
    public async Task A_connection_that_is_no_router_makes_no_line()
    {
        await using var collector = await Collector.StartAsync(Curated);
        using (await collector.ConnectAsync())
        {
        }
        await collector.SendAsync([3, 0, 0]);
        await collector.Service.StopAsync();
        Assert.DoesNotContain(collector.Log.Infos, line => line.Contains("127.0.0.1:", Ordinal) && line.Contains("router", Ordinal)
            && !line.StartsWith("version", Ordinal));
    }

    // What a router says of itself goes into lines of a log.
    [Fact]
    public async Task A_name_is_cut_and_has_no_control_characters()
    {
        await using var collector = await Collector.StartAsync(Curated);
        byte[] name = [(byte)'r', (byte)'\n', 0x1B, .. Enumerable.Repeat((byte)'x', 1000)];
        await collector.SendAsync([3, .. Length(6 + 4 + name.Length), 4, 0, 2, (byte)(name.Length >> 8), (byte)name.Length, .. name]);
        string line = await LineAsync(collector, "connected");
        Assert.Contains($"router 'r??{new string('x', 252)}'", line, Ordinal);
    }

    [Fact]
    public async Task The_sweeps_and_the_superseded_prefixes_of_each_router_are_counted()
    {
        await using var collector = await Collector.StartAsync(Curated);
        byte[] table = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Announce("192.0.2.9", 1, 2).Bytes;
        await collector.SendAsync(table);
        using var older = await collector.ConnectAsync("127.0.0.1");
        await older.SendAsync(new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).EndOfRib("192.0.2.9").Bytes);
        await AwaitAsync("risotto_sweeps_total", "risotto_sweeps_total{router=\"127.0.0.1\",cause=\"end_of_rib\"} 1");
        await AwaitAsync("risotto_synthetic_withdraws_total",
            "risotto_synthetic_withdraws_total{router=\"127.0.0.1\",cause=\"end_of_rib\"} 1");

        using var newer = await collector.ConnectAsync("127.0.0.1");
        await newer.SendAsync(new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Bytes);
        await AwaitAsync("risotto_bmp_messages_total", "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"route_monitoring\"} 3");
        await older.SendAsync(new BmpStream().Announce("192.0.2.9", 1, 3).Bytes);
        await AwaitAsync("risotto_superseded_total", "risotto_superseded_total{router=\"127.0.0.1\"} 1");

        Task AwaitAsync(string name, string line) => Collector.UntilAsync(async () => (await collector.MetricsAsync(name)).Contains(line));
    }

    [Fact]
    public async Task Routers_beyond_the_limit_share_one_series()
    {
        await using var collector = await Collector.StartAsync(Curated with { MetricsMaxPeers = 1 });
        byte[] stream = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).PeerDown("192.0.2.9").Bytes;
        foreach (string address in (string[])["127.0.0.1", "127.0.0.2", "127.0.0.3"])
        {
            using var socket = await collector.ConnectAsync(address);
            await socket.SendAsync(stream);
            await Collector.UntilAsync(async () => (await collector.MetricsAsync("risotto_bmp_messages_total")).Contains(
                $"risotto_bmp_messages_total{{router=\"{address}\",type=\"peer_down_notification\"}} 1"));
        }
        Assert.Equal(
            ["risotto_synthetic_withdraws_total{router=\"127.0.0.1\",cause=\"peer_down\"} 1",
                "risotto_synthetic_withdraws_total{router=\"other\",cause=\"peer_down\"} 2"],
            (await collector.MetricsAsync("risotto_synthetic_withdraws_total"))
                .Where(line => line.Contains("peer_down", Ordinal)).Order(StringComparer.Ordinal));
    }

    private static byte[] Length(int length) => [0, 0, (byte)(length >> 8), (byte)length];

    private static async Task<string> LineAsync(Collector collector, string word)
    {
        string? found = null;
        await Collector.UntilAsync(() =>
        {
            found = collector.Log.Infos.LastOrDefault(line => line.Contains(word, Ordinal));
            return Task.FromResult(found is not null);
        });
        return found!;
    }
}
