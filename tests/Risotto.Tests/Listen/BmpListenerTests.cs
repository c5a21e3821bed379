using System.Net;
using System.Net.Sockets;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace Risotto.Tests.Listen;

public sealed class BmpListenerTests
{
    [Fact]
    public async Task Many_routers_at_once_keep_their_own_order()
    {
        await using var collector =
            await Collector.StartAsync(Collector.LoopbackOptions with { Batches = Collector.LoopbackOptions.Batches with { Shards = 1 } });
        var streams = Enumerable.Range(0, 16).Select(peer => Table($"192.0.2.{peer}", 500)).ToArray();
        await Task.WhenAll(streams.Select(collector.SendAsync));
        await collector.Service.StopAsync();
        var batches = ((MemorySink)collector.Sink).Batches;
        Assert.Equal(16 * 500, batches.Sum(batch => batch.Records));
    }

    [Fact]
    public async Task Only_allowed_sources_are_taken_and_the_others_are_counted_and_logged()
    {
        await using var collector = await Collector.StartAsync(Collector.LoopbackOptions.Listening(listen => listen with
        {
            Allow = [IPNetwork.Parse("127.0.0.2/32"), IPNetwork.Parse("2001:db8::/32")],
        }));
        using var refused = await collector.ConnectAsync("127.0.0.1");
        await Collector.AwaitCloseAsync(refused);
        using var allowed = await collector.ConnectAsync("127.0.0.2");
        await AwaitSessionsAsync(collector, 1);
        Assert.Equal(["risotto_refused_total{reason=\"not_allowed\"} 1"], await collector.MetricsAsync("risotto_refused_total"));
        Assert.Contains("--allow", Assert.Single(collector.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_are_capped_in_all_and_per_source()
    {
        await using var collector = await Collector.StartAsync(
            Collector.LoopbackOptions.Listening(listen => listen with { MaxSessions = 3, MaxSessionsPerSource = 2 }));
        using var first = await collector.ConnectAsync("127.0.0.1");
        using var second = await collector.ConnectAsync("127.0.0.1");
        await AwaitSessionsAsync(collector, 2);
        using (var third = await collector.ConnectAsync("127.0.0.1"))
            await Collector.AwaitCloseAsync(third);
        using var other = await collector.ConnectAsync("127.0.0.2");
        await AwaitSessionsAsync(collector, 3);
        using (var fourth = await collector.ConnectAsync("127.0.0.3"))
            await Collector.AwaitCloseAsync(fourth);
        Assert.Equal(
            ["risotto_refused_total{reason=\"max_sessions\"} 1", "risotto_refused_total{reason=\"max_sessions_per_source\"} 1"],
            (await collector.MetricsAsync("risotto_refused_total")).Order());

        // A place that is free again can be had.
        first.Close();
        await AwaitSessionsAsync(collector, 2);
        using var next = await collector.ConnectAsync("127.0.0.1");
        await AwaitSessionsAsync(collector, 3);
    }

    [Fact]
    public async Task A_silent_connection_is_closed_by_the_timer()
    {
        await using var collector = await Collector.StartAsync();
        using var socket = await collector.ConnectAsync();
        await AwaitSessionsAsync(collector, 1);
        await socket.SendAsync(new byte[] { 3 });
        var closed = Collector.AwaitCloseAsync(socket);
        await Collector.UntilAsync(() =>
        {
            collector.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(closed.IsCompleted);
        });
        await closed;
        await AwaitSessionsAsync(collector, 0);
        Assert.Equal(["risotto_session_closed_total{reason=\"message_timeout\"} 1"],
            await collector.MetricsAsync("risotto_session_closed_total"));
    }

    [Fact]
    public async Task One_bad_router_closes_its_own_session_only()
    {
        await using var collector = await Collector.StartAsync();
        using var good = await collector.ConnectAsync("127.0.0.1");
        using var bad = await collector.ConnectAsync("127.0.0.2");
        await AwaitSessionsAsync(collector, 2);
        await bad.SendAsync(new byte[] { 3, 0, 0, 0, 5, 4 });
        await Collector.AwaitCloseAsync(bad);
        await AwaitSessionsAsync(collector, 1);
        Assert.Contains("bmp_length_too_short at byte 1 ", Assert.Single(collector.Log.Warnings), StringComparison.Ordinal);
        await good.SendAsync(Table("192.0.2.9", 3));
        await Collector.UntilAsync(async () =>
            await collector.MetricsAsync("risotto_tx_updates_total") is [var line] && line.EndsWith(" 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sink_that_holds_all_batches_stops_the_router_and_loses_nothing()
    {
        var sink = new HoldingSink();
        await using var collector = await Collector.StartAsync(sink: sink);
        byte[] table = Table("192.0.2.9", 150_000);
        using var socket = await collector.ConnectAsync();
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        socket.SendBufferSize = 64 << 10;
        long sent = 0;
        var sending = Task.Run(async () =>
        {
            while (sent < table.Length)
                sent += await socket.SendAsync(table.AsMemory((int)sent, Math.Min(64 << 10, table.Length - (int)sent)));
        }, TestContext.Current.CancellationToken);

        // Every batch of the shard is taken; then the session waits, and soon the kernel takes no more either.
        await Collector.UntilAsync(async () =>
            await collector.MetricsAsync("risotto_backpressure_waits_total") is ["risotto_backpressure_waits_total 1"]);
        Assert.False(sending.IsCompleted);
        var batches = collector.Options.Batches;
        long bound = (long)batches.BatchesPerShard * batches.MaxBytes;
        long emitted =
            long.Parse((await collector.MetricsAsync("risotto_tx_updates_total")).Single().Split(' ')[^1],
                System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(emitted, 1, bound / 200);
        // All of it is accounted for: what waits is in batches, but for the one message that found no room.
        Assert.Equal(emitted, await collector.RecordsAsync("in_flight"));
        Assert.Equal(await collector.RecordsAsync("decoded_total"), emitted + await collector.RecordsAsync("unaccounted"));
        Assert.Equal(1, await collector.RecordsAsync("unaccounted"));

        sink.LetGo();
        await sending.WaitAsync(Collector.Patience, TestContext.Current.CancellationToken);
        socket.Shutdown(SocketShutdown.Send);
        await Collector.AwaitCloseAsync(socket);
        await collector.Service.StopAsync();
        Assert.True(collector.Expect(table, port).AsSpan().SequenceEqual(sink.Values));
    }

    [Fact]
    public async Task The_drain_writes_what_was_read_and_closes_the_session()
    {
        await using var collector = await Collector.StartAsync();
        byte[] table = Table("192.0.2.9", 1000);
        using var socket = await collector.ConnectAsync();
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        await socket.SendAsync(table);
        await Collector.UntilAsync(async () =>
            await collector.MetricsAsync("risotto_tx_updates_total") is [var line] && line.EndsWith(" 1000", StringComparison.Ordinal));
        await collector.Service.StopAsync();
        await Collector.AwaitCloseAsync(socket);
        Assert.Equal(collector.Expect(table, port), ((MemorySink)collector.Sink).Batches.SelectMany(batch => batch.Value.ToArray()));
        Assert.Empty(collector.Log.Warnings);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_that_names_the_flag()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = new HostPort("127.0.0.1", ((IPEndPoint)taken.LocalEndpoint).Port);
        foreach (var (flag, options) in new[]
        {
            ("--bmp-address", Collector.LoopbackOptions.Listening(listen => listen with { Address = address })),
            ("--metrics-address", Collector.LoopbackOptions with { MetricsAddress = address }),
        })
        {
            var e = await Assert.ThrowsAsync<StartupException>(() => Collector.StartAsync(options));
            Assert.StartsWith($"{flag}: cannot listen on {address} (", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    private static byte[] Table(string peer, int routes)
    {
        var stream = new BmpStream().Initiation().PeerUp(peer);
        for (int i = 0; i < routes; i++)
            stream.Announce(peer, (byte)(i >> 8), (byte)i);
        return stream.Bytes;
    }

    private static Task AwaitSessionsAsync(Collector collector, int count) =>
        Collector.UntilAsync(async () =>
            await collector.MetricsAsync("risotto_sessions") is [var line] && line == $"risotto_sessions {count}");
}
