using System.Net;
using System.Net.Sockets;
using Risotto.Tests.Listen;
using Shared.Hosting.Flags;
using Shared.Records.Batch;

namespace Risotto.Tests.Metrics;

public sealed class RisottoMetricsTests
{
    [Fact]
    public async Task Messages_routes_and_peers_are_counted_under_plain_addresses()
    {
        await using var collector = await Collector.StartAsync();
        using var socket = await collector.ConnectAsync();
        await socket.SendAsync(new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Announce("192.0.2.9", 1, 2)
            .Bytes);
        await AwaitAsync(collector, "risotto_tx_updates_total", "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 2");
        Assert.Equal(["risotto_rx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 2"],
            await collector.MetricsAsync("risotto_rx_updates_total"));
        Assert.Equal(["risotto_peer_established{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 1"],
            await collector.MetricsAsync("risotto_peer_established"));
        Assert.Equal(
            [
                "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"initiation\"} 1",
                "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"peer_up_notification\"} 1",
                "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"route_monitoring\"} 2",
            ],
            (await collector.MetricsAsync("risotto_bmp_messages_total")).Order());

        await socket.SendAsync(new BmpStream().PeerDown("192.0.2.9").Bytes);
        await AwaitAsync(collector, "risotto_peer_established", "risotto_peer_established{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 0");
    }

    [Fact]
    public async Task The_series_of_a_router_go_with_its_last_session()
    {
        await using var collector = await Collector.StartAsync();
        byte[] stream = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Bytes;
        using var first = await collector.ConnectAsync();
        await first.SendAsync(stream);
        using var second = await collector.ConnectAsync();
        await second.SendAsync(stream);
        await AwaitAsync(collector, "risotto_tx_updates_total", "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 2");
        first.Close();
        await AwaitAsync(collector, "risotto_sessions", "risotto_sessions 1");
        Assert.Single(await collector.MetricsAsync("risotto_peer_established"));
        second.Close();
        await AwaitAsync(collector, "risotto_sessions", "risotto_sessions 0");
        foreach (
            string name in new[] { "risotto_bmp_messages_total", "risotto_rx_updates_total", "risotto_tx_updates_total",
                "risotto_peer_established" })
            Assert.Empty(await collector.MetricsAsync(name));
    }

    [Fact]
    public async Task The_series_of_a_peer_go_when_it_is_not_configured_any_more_and_begin_anew_when_it_is()
    {
        const byte deconfigured = 5;
        await using var collector = await Collector.StartAsync();
        using var socket = await collector.ConnectAsync();
        await socket.SendAsync(new BmpStream().Initiation()
            .PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).PeerUp("192.0.2.10").Announce("192.0.2.10", 1, 1).Bytes);
        await AwaitAsync(collector, "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.10",
            "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.10\"} 1");
        await socket.SendAsync(new BmpStream().PeerDown("192.0.2.9", deconfigured).PeerDown("192.0.2.10").Bytes);
        await AwaitAsync(collector, "risotto_peer_established", "risotto_peer_established{router=\"127.0.0.1\",peer=\"192.0.2.10\"} 0");
        foreach (string name in new[] { "risotto_rx_updates_total", "risotto_tx_updates_total", "risotto_peer_established" })
            Assert.DoesNotContain(await collector.MetricsAsync(name), line => line.Contains("192.0.2.9\"", StringComparison.Ordinal));

        await socket.SendAsync(new BmpStream().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 2).Bytes);
        await AwaitAsync(collector, "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.9",
            "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 1");
    }

    [Fact]
    public async Task Peers_beyond_the_cap_share_a_series_and_places_are_given_back()
    {
        await using var collector = await Collector.StartAsync(Collector.LoopbackOptions with { MetricsMaxPeers = 2 });
        for (int round = 0; round < 2; round++)
        {
            var stream = new BmpStream().Initiation();
            for (int peer = 1; peer <= 5; peer++)
                stream.PeerUp($"192.0.2.{peer}").Announce($"192.0.2.{peer}", 1, 1);
            using var socket = await collector.ConnectAsync();
            await socket.SendAsync(stream.Bytes);
            await AwaitAsync(collector, "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"route",
                "risotto_bmp_messages_total{router=\"127.0.0.1\",type=\"route_monitoring\"} 5");
            Assert.Equal(
                [
                    "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.1\"} 1",
                    "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.2\"} 1",
                    "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"other\"} 3",
                ],
                (await collector.MetricsAsync("risotto_tx_updates_total")).Order());
            socket.Close();
            await AwaitAsync(collector, "risotto_sessions", "risotto_sessions 0");
        }
    }

    [Fact]
    public async Task An_IPv4_router_on_a_dual_stack_socket_is_labelled_and_recorded_as_IPv4()
    {
        // A machine without IPv6 has no such socket.
        if (!Socket.OSSupportsIPv6)
            return;
        await using var collector = await Collector.StartAsync(Collector.LoopbackOptions.Listening(listen => listen with
        {
            Address = HostPort.Parse("[::]:0"),
            Allow = [IPNetwork.Parse("127.0.0.0/8")],
        }));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, collector.Service.BmpEndPoint!.Port, TestContext.Current.CancellationToken);
        byte[] stream = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1).Bytes;
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        await socket.SendAsync(stream);
        await AwaitAsync(collector, "risotto_tx_updates_total", "risotto_tx_updates_total{router=\"127.0.0.1\",peer=\"192.0.2.9\"} 1");
        await collector.Service.StopAsync();
        Assert.Equal(collector.Expect(stream, port), ((MemorySink)collector.Sink).Batches.SelectMany(batch => batch.Value.ToArray()));
    }

    [Fact]
    public async Task Malformed_messages_are_counted_by_reason()
    {
        await using var collector = await Collector.StartAsync();
        await collector.SendAsync(new BmpStream().Initiation().Raw(3, 0, 0, 0, 6, 77).Bytes);
        await AwaitAsync(collector, "risotto_malformed_total", "risotto_malformed_total{reason=\"bmp_type_unknown\"} 1");
        await AwaitAsync(collector, "risotto_session_closed_total", "risotto_session_closed_total{reason=\"router_closed\"} 1");
    }

    private static Task AwaitAsync(Collector collector, string name, string line) =>
        Collector.UntilAsync(async () => await collector.MetricsAsync(name) is [var only] && only == line);
}
