using System.Net;
using System.Net.Sockets;
using Pesto.Frame;
using Pesto.Listen;
using Pesto.Pipeline;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Records.Wire;

namespace Pesto.Tests.Listen;

public sealed class SFlowListenerTests
{
    private static readonly HostPort Loopback = new("::1", 0);

    [Fact]
    public async Task Datagrams_of_every_size_come_whole_and_in_order_with_their_source_and_arrival()
    {
        await using var listener = await TestListener.OpenAsync();
        using var exporter = listener.Exporter();
        int[] sizes = [1, 27, 28, 1400, 9000, 65_507];
        long before = NowNs();
        foreach (int size in sizes)
            exporter.Send([.. Enumerable.Range(0, size).Select(i => (byte)(i + size))]);
        await listener.CloseAsync(exporter);
        Assert.Equal([.. sizes, TestListener.Closing.Length], listener.Taken.Select(taken => taken.Bytes.Length));
        foreach (var (bytes, source, timeNs) in listener.Taken.SkipLast(1))
        {
            Assert.Equal(Enumerable.Range(0, bytes.Length).Select(i => (byte)(i + bytes.Length)), bytes);
            Assert.Equal(EndPointOf(exporter, IPAddress.IPv6Loopback), source);
            Assert.InRange(timeNs, before, NowNs());
        }
    }

    [Fact]
    public async Task The_arrival_is_the_kernels_and_not_that_of_the_reading()
    {
        await using var listener = await TestListener.OpenAsync();
        using var exporter = listener.Exporter();
        listener.IsHolding = true;
        exporter.Send([1]);
        await listener.WaitHeldAsync();
        exporter.Send([2]);
        long sent = NowNs();
        listener.Release();
        await listener.CloseAsync(exporter);
        Assert.InRange(listener.Taken[1].TimeNs, listener.Taken[0].TimeNs, sent);
    }

    [Fact]
    public async Task A_socket_for_both_families_takes_IPv4_as_mapped_addresses()
    {
        await using var listener = await TestListener.OpenAsync(new ListenOptions { Address = new HostPort("::", 0) });
        using var four = listener.Exporter(IPAddress.Loopback);
        using var six = listener.Exporter();
        four.Send([4]);
        await listener.CloseAsync(six);
        await listener.CloseAsync(four);
        Assert.Equal(
            new HashSet<string> { "127.0.0.1", "::1" },
            listener.Taken.Select(taken => taken.Source.Address.ToString()).ToHashSet());
    }

    [Fact]
    public async Task Datagrams_that_the_kernel_drops_are_counted_exactly()
    {
        const int sent = 5000;
        await using var listener = await TestListener.OpenAsync(new ListenOptions { Address = Loopback, ReceiveBufferBytes = 64 << 10 });
        using var exporter = listener.Exporter();
        listener.IsHolding = true;
        exporter.Send([0]);
        await listener.WaitHeldAsync();
        var bytes = new byte[1000];
        for (int i = 0; i < sent; i++)
            exporter.Send(bytes);
        // The kernel reports the drops on request, before a further datagram has come.
        long drops = listener.Counters.DroppedByKernel;
        Assert.InRange(drops, 1, sent);
        listener.Release();
        // When the datagrams in the buffer are read, there is room for the last one.
        await Until(() => Volatile.Read(ref listener.Counters.Datagrams) == 1 + sent - drops);
        await listener.CloseAsync(exporter);
        Assert.Equal(sent + 2, listener.Counters.Datagrams + drops);
        Assert.Equal(drops, listener.Counters.DroppedByKernel);
        Assert.Equal(listener.Counters.Datagrams, listener.Taken.Count);
    }

    [Fact]
    public void The_kernels_count_wraps_and_may_come_twice_and_late()
    {
        var drops = new KernelDrops();
        drops.Observe(5);
        drops.Observe(5);
        drops.Observe(3);
        Assert.Equal(5, drops.Total);
        drops.Observe(0x7000_0000);
        drops.Observe(0xE000_0000);
        drops.Observe(9);
        Assert.Equal((1L << 32) + 9, drops.Total);
    }

    [Fact]
    public async Task Datagrams_for_which_no_batch_is_free_are_counted_exactly()
    {
        await using var listener = await TestListener.OpenAsync(
            decide: bytes => bytes[0] % 3 == 0 ? DatagramResult.QueueFull : DatagramResult.Taken);
        using var exporter = listener.Exporter();
        for (byte i = 0; i < 99; i++)
            exporter.Send([i]);
        await listener.CloseAsync(exporter);
        Assert.Equal(33, listener.Counters.QueueFull);
        Assert.Equal(100, listener.Counters.Datagrams);
    }

    [Fact]
    public async Task Sources_outside_the_allow_list_are_refused_and_counted_exactly()
    {
        var options = new ListenOptions { Address = new HostPort("0.0.0.0", 0), Allow = [FlagText.Prefix("127.0.0.8/29")] };
        await using var listener = await TestListener.OpenAsync(options);
        using var allowed = listener.Exporter(IPAddress.Parse("127.0.0.9"));
        using var other = listener.Exporter(IPAddress.Parse("127.0.0.16"));
        for (int i = 0; i < 50; i++)
        {
            other.Send([1, 2, 3]);
            allowed.Send([4]);
        }
        await listener.CloseAsync(allowed);
        Assert.Equal(50, listener.Counters.NotAllowed);
        Assert.Equal(101, listener.Counters.Datagrams);
        Assert.Equal((50 * 3) + 50 + TestListener.Closing.Length, listener.Counters.Bytes);
        Assert.Equal(51, listener.Taken.Count);
        Assert.All(listener.Taken, taken => Assert.Equal("127.0.0.9", taken.Source.Address.ToString()));
    }

    [Fact]
    public async Task Empty_datagrams_are_counted_and_handed_on_to_nobody()
    {
        await using var listener = await TestListener.OpenAsync();
        using var exporter = listener.Exporter();
        for (int i = 0; i < 7; i++)
            exporter.Send(ReadOnlySpan<byte>.Empty);
        await listener.CloseAsync(exporter);
        Assert.Equal(7, listener.Counters.Empty);
        Assert.Single(listener.Taken);
    }

    [Fact]
    public async Task A_fault_costs_one_datagram_and_is_counted()
    {
        await using var listener = await TestListener.OpenAsync(
            decide: bytes => bytes[0] == 13 ? throw new InvalidOperationException("13") : DatagramResult.Taken);
        using var exporter = listener.Exporter();
        for (byte i = 10; i < 20; i++)
            exporter.Send([i]);
        await listener.CloseAsync(exporter);
        Assert.Equal(1, listener.Counters.Failed);
        Assert.Equal(11, listener.Taken.Count);
    }

    [Fact]
    public async Task Datagrams_that_the_kernel_has_received_at_the_end_are_taken_and_no_later_ones()
    {
        await using var listener = await TestListener.OpenAsync();
        using var exporter = listener.Exporter();
        listener.IsHolding = true;
        exporter.Send([0]);
        await listener.WaitHeldAsync();
        for (byte i = 1; i <= 200; i++)
            exporter.Send([i]);
        var stop = listener.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(stop.IsCompleted);
        listener.Release();
        await stop.WaitAsync(TestListener.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(201, listener.Taken.Count);
        Assert.Null(listener.EndPoint);
    }

    [Fact]
    public async Task An_end_without_time_waits_for_nothing()
    {
        await using var listener = await TestListener.OpenAsync();
        await listener.StopAsync(new CancellationToken(canceled: true))
            .WaitAsync(TestListener.Patience, TestContext.Current.CancellationToken);
        Assert.Null(listener.EndPoint);
    }

    [Fact]
    public async Task Several_sockets_share_the_port_and_an_exporter_keeps_to_one()
    {
        await using var listener = await TestListener.OpenAsync(new ListenOptions { Address = Loopback, Sockets = 4 });
        var exporters = Enumerable.Range(0, 32).Select(_ => listener.Exporter()).ToArray();
        for (int i = 0; i < 10; i++)
        {
            foreach (var exporter in exporters)
                exporter.Send([(byte)i]);
        }
        await Until(() => listener.ReadCounters().Sum(counters => Volatile.Read(ref counters.Datagrams)) == 320);
        Assert.Equal(4, listener.ReadCounters().Count);
        Assert.All(listener.ReadCounters(), counters => Assert.Equal(0, counters.Datagrams % 10));
        Assert.True(listener.ReadCounters().Count(counters => counters.Datagrams > 0) > 1);
        foreach (var group in listener.Taken.GroupBy(taken => taken.Source.Port))
            Assert.Equal(Enumerable.Range(0, 10).Select(i => (byte)i), group.Select(taken => taken.Bytes[0]));
        Array.ForEach(exporters, exporter => exporter.Dispose());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_port_that_another_collector_has_is_not_shared_unnoticed(int sockets)
    {
        await using var listener = await TestListener.OpenAsync(new ListenOptions { Address = Loopback, Sockets = sockets });
        var e = Assert.Throws<StartupException>(() => SFlowSocket.Open("--sflow-address", listener.EndPoint, 2, 0));
        Assert.StartsWith($"--sflow-address: cannot listen on {listener.EndPoint} (", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exporters_beyond_the_limit_share_one_count()
    {
        var options = new ListenOptions { Address = new HostPort("0.0.0.0", 0), MaxExporters = 2 };
        await using var listener = await TestListener.OpenAsync(options);
        foreach (int last in (int[])[1, 2, 3, 4, 3, 1])
        {
            using var exporter = listener.Exporter(IPAddress.Parse($"127.0.0.{last}"));
            await listener.CloseAsync(exporter);
        }
        Assert.Equal(
            ["127.0.0.1 2", "127.0.0.2 1", ":: 3"],
            listener.Counters.Exporters.Select(exporter => $"{exporter.Address} {exporter.Datagrams}"));
    }

    [Fact]
    public void The_portable_receiver_reads_the_same()
    {
        using var socket = SFlowSocket.Open("--sflow-address", new IPEndPoint(IPAddress.IPv6Any, 0), 1, 0)[0];
        using var receiver = new SingleReceiver(socket, socket.EffectiveBufferBytes(), TimeProvider.System);
        int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        long before = NowNs();
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using var exporter = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            exporter.Connect(address, port);
            exporter.Send("datagram"u8);
            exporter.Send(ReadOnlySpan<byte>.Empty);
            Assert.Equal(1, receiver.Receive(wait: true));
            Assert.Equal("datagram"u8, receiver.Payload(0));
            Assert.Equal(EndPointOf(exporter, address), receiver.Source(0));
            Assert.InRange(receiver.TimeReceivedNs(0), before - 1000, NowNs());
            Assert.Equal(1, receiver.Receive(wait: true));
            Assert.True(receiver.Payload(0).IsEmpty);
            Assert.Equal(0, receiver.Receive(wait: false));
        }
    }

    [Fact]
    public void The_buffer_is_reported_in_the_unit_in_which_it_is_set()
    {
        using var socket = SFlowSocket.Open("--sflow-address", new IPEndPoint(IPAddress.IPv6Loopback, 0), 1, 100_000)[0];
        Assert.Equal(100_000, socket.EffectiveBufferBytes());
    }

    // The thread's own counters give no signal.
    private static async Task Until(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var bound = new CancellationTokenSource(TestListener.Patience);
        while (!condition())
            await timer.WaitForNextTickAsync(bound.Token);
    }

    private static ExporterEndPoint EndPointOf(Socket exporter, IPAddress address) =>
        new(Ipv6Address.From(address), (ushort)((IPEndPoint)exporter.LocalEndPoint!).Port);

    private static long NowNs() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
}
