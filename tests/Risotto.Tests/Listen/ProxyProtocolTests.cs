using System.Net;
using System.Net.Sockets;
using Risotto.Listen;
using Risotto.Pipeline;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Tests.Listen;

/// <summary>Routers behind a proxy that sends PROXY headers.</summary>
public sealed class ProxyProtocolTests
{
    private static readonly RisottoOptions Options =
        Collector.LoopbackOptions.Listening(listen => listen with { ProxyFrom = [IPNetwork.Parse("127.0.0.1/32")] });

    private static readonly byte[] Stream = new BmpStream().Initiation().PeerUp("192.0.2.9").Announce("192.0.2.9", 1, 1)
        .Announce("192.0.2.9", 1, 2).Bytes;

    [Theory]
    [InlineData("198.51.100.7")]
    [InlineData("2001:db8::7")]
    public async Task A_header_in_single_bytes_names_the_router_of_every_record(string router)
    {
        await using var collector = await Collector.StartAsync(Options.Listening(listen => listen with
        {
            Allow = [IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("2001:db8::/32")],
        }));
        using (var socket = await collector.ConnectAsync())
        {
            socket.NoDelay = true;
            foreach (byte one in Header(router, 40000))
                await socket.SendAsync(new[] { one });
            await socket.SendAsync(Stream);
            await Collector.UntilAsync(async () => (await collector.MetricsAsync("risotto_tx_updates_total")).SequenceEqual(
                [$"risotto_tx_updates_total{{router=\"{router}\",peer=\"192.0.2.9\"}} 2"]));
            socket.Shutdown(SocketShutdown.Send);
            await Collector.AwaitCloseAsync(socket);
        }
        await collector.Service.StopAsync();
        var state = new RouterState(Ipv6Address.From(IPAddress.Parse(router)));
        Assert.Equal(collector.Expect(Stream, 40000, state), Written(collector));
        Assert.Empty(await collector.MetricsAsync("risotto_refused_total{"));
        Assert.Empty(collector.Log.Warnings);
    }

    [Fact]
    public async Task Limits_hold_for_the_router_and_not_for_its_proxy()
    {
        await using var collector = await Collector.StartAsync(Options.Listening(listen => listen with
        {
            MaxSessions = 3,
            MaxSessionsPerSource = 2,
            Allow = [IPNetwork.Parse("198.51.100.0/24")],
        }));
        using var first = await ConnectAsync(collector, "198.51.100.7", 1);
        using var second = await ConnectAsync(collector, "198.51.100.7", 2);
        await AwaitSessionsAsync(collector, 2);
        using (var third = await ConnectAsync(collector, "198.51.100.7", 3))
            await Collector.AwaitCloseAsync(third);
        using var other = await ConnectAsync(collector, "198.51.100.8", 1);
        await AwaitSessionsAsync(collector, 3);
        using (var fourth = await ConnectAsync(collector, "198.51.100.9", 1))
            await Collector.AwaitCloseAsync(fourth);
        using (var stranger = await ConnectAsync(collector, "192.0.2.1", 1))
            await Collector.AwaitCloseAsync(stranger);
        await AwaitRefusedAsync(collector, "max_sessions 1", "max_sessions_per_source 1", "not_allowed 1");
        Assert.Contains(collector.Log.Warnings, line => line.StartsWith("192.0.2.1:1 refused: no --allow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_header_from_elsewhere_is_taken_as_BMP_and_believed_by_nobody()
    {
        await using var collector = await Collector.StartAsync(Options);
        using var socket = await collector.ConnectAsync("127.0.0.2");
        await socket.SendAsync(Header("198.51.100.7", 40000));
        await Collector.AwaitCloseAsync(socket);
        await AwaitSessionsAsync(collector, 0);
        Assert.Equal(["risotto_session_closed_total{reason=\"malformed\"} 1"],
            await collector.MetricsAsync("risotto_session_closed_total"));
        Assert.Contains("127.0.0.2:", Assert.Single(collector.Log.Warnings), StringComparison.Ordinal);

        // BMP from there needs no header.
        using var router = await collector.ConnectAsync("127.0.0.2");
        await router.SendAsync(Stream);
        await Collector.UntilAsync(async () =>
            await collector.MetricsAsync("risotto_tx_updates_total") is [var line] && line.Contains("127.0.0.2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_health_check_is_no_error_and_needs_no_allowance()
    {
        await using var collector = await Collector.StartAsync(
            Options.Listening(listen => listen with { Allow = [IPNetwork.Parse("198.51.100.0/24")] }));
        byte[] local = Convert.FromHexString(ProxyProtocolHeaderTests.Header("20000000"));
        using (var polite = await collector.ConnectAsync())
        {
            await polite.SendAsync(local);
            await AwaitSessionsAsync(collector, 1);
            polite.Shutdown(SocketShutdown.Send);
            await Collector.AwaitCloseAsync(polite);
        }
        using (var resetting = await collector.ConnectAsync())
        {
            await resetting.SendAsync(local);
            await AwaitSessionsAsync(collector, 1);
            resetting.LingerState = new LingerOption(true, 0);
        }
        // Only to see whether the port is open.
        using (var silent = await collector.ConnectAsync())
            silent.LingerState = new LingerOption(true, 0);
        await AwaitRefusedAsync(collector, "sent_nothing 1");
        await AwaitSessionsAsync(collector, 0);
        await Collector.UntilAsync(async () => (await collector.MetricsAsync("risotto_session_closed_total{")).Length == 2);
        Assert.Equal(
            ["risotto_session_closed_total{reason=\"connection_lost\"} 1", "risotto_session_closed_total{reason=\"router_closed\"} 1"],
            (await collector.MetricsAsync("risotto_session_closed_total{")).Order());
        Assert.Empty(collector.Log.Warnings);
    }

    [Fact]
    public async Task A_faulty_header_is_counted_and_logged_with_the_proxys_address()
    {
        await using var collector = await Collector.StartAsync(Options);
        foreach (
            byte[] bytes in new byte[][] { Stream, Convert.FromHexString(ProxyProtocolHeaderTests.Header("21000000")),
                Header("198.51.100.7", 1)[..20] })
        {
            using var socket = await collector.ConnectAsync();
            await socket.SendAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            await Collector.AwaitCloseAsync(socket);
        }
        await AwaitRefusedAsync(collector, "proxy_header_missing 1", "proxy_header_no_address 1", "proxy_header_truncated 1");
        Assert.All(collector.Log.Warnings, line => Assert.StartsWith("127.0.0.1:", line, StringComparison.Ordinal));
        Assert.Equal(3, collector.Log.Warnings.Count);
    }

    [Fact]
    public async Task A_header_has_its_time()
    {
        await using var collector = await Collector.StartAsync(Options);
        using var socket = await collector.ConnectAsync();
        await socket.SendAsync(Header("198.51.100.7", 1)[..20]);
        await ClosesWithTimeAsync(collector, socket, BmpListener.OpeningTimeout);
        await AwaitRefusedAsync(collector, "proxy_header_timeout 1");
    }

    [Fact]
    public async Task Connections_without_a_header_yet_are_bounded_and_do_not_delay_the_end()
    {
        await using var collector = await Collector.StartAsync(
            Options.Listening(listen => listen with { MaxSessions = 2, MaxSessionsPerSource = 2 }));
        using var first = await collector.ConnectAsync();
        using var second = await collector.ConnectAsync();
        // Accepted in order: a third one meets two that wait.
        using var third = await collector.ConnectAsync();
        await AwaitRefusedAsync(collector, "max_sessions 1");
        await collector.Service.StopAsync().WaitAsync(Collector.Patience, TestContext.Current.CancellationToken);
        await AwaitRefusedAsync(collector, "max_sessions 1", "shutdown 2");
    }

    internal static byte[] Header(string source, ushort port)
    {
        var address = IPAddress.Parse(source);
        byte[] bytes = address.GetAddressBytes();
        return Convert.FromHexString(ProxyProtocolHeaderTests.Header(
            $"21{(bytes.Length == 4 ? "11" : "21")}0000{Convert.ToHexString(bytes)}{Convert.ToHexString(bytes)}{port:X4}0FA0"));
    }

    internal static async Task AwaitRefusedAsync(Collector collector, params string[] expected)
    {
        string[] lines =
            [.. expected.Select(line => $"risotto_refused_total{{reason=\"{line.Replace(" ", "\"} ", StringComparison.Ordinal)}")];
        await Collector.UntilAsync(async () =>
            (await collector.MetricsAsync("risotto_refused_total{")).Order().SequenceEqual(lines.Order()));
    }

    /// <summary>The connection stays until that much of the collector's time is over.</summary>
    internal static async Task ClosesWithTimeAsync(Collector collector, Socket socket, TimeSpan time)
    {
        var closed = Collector.AwaitCloseAsync(socket);
        var advanced = TimeSpan.Zero;
        await Collector.UntilAsync(() =>
        {
            Assert.True(!closed.IsCompleted || advanced >= time, $"closed after {advanced}");
            collector.Time.Advance(TimeSpan.FromSeconds(1));
            advanced += TimeSpan.FromSeconds(1);
            return Task.FromResult(closed.IsCompleted);
        });
    }

    private static byte[] Written(Collector collector) =>
        [.. ((MemorySink)collector.Sink).Batches.SelectMany(batch => batch.Value.ToArray())];

    private static async Task<Socket> ConnectAsync(Collector collector, string router, ushort port)
    {
        var socket = await collector.ConnectAsync();
        await socket.SendAsync(Header(router, port));
        return socket;
    }

    private static Task AwaitSessionsAsync(Collector collector, int count) =>
        Collector.UntilAsync(async () =>
            await collector.MetricsAsync("risotto_sessions") is [var line] && line == $"risotto_sessions {count}");
}
