using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using BrokerProcess;
using EndToEnd.Tests.Faults;
using Risotto.Pipeline;
using Risotto.Tests.Messages;
using Shared.Records.Wire;
using static Risotto.Tests.Messages.Bytes;

namespace EndToEnd.Tests.Curation;

/// <summary>
/// Tests that a router's session goes on while a peer with a million routes on another router of the same shard goes down.
/// </summary>
[Collection(nameof(FullLoad))]
public sealed class PeerDownTests : IDisposable
{
    private const string Topic = "risotto-updates";
    private const int Routes = 1_000_000, RoutesOfAnUpdate = 500, Shards = 8;
    private const long MostMemory = 64_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5), Pace = TimeSpan.FromMilliseconds(1);
    private static readonly PeerHeader Peer = new();

    private readonly string _folder = Directory.CreateTempSubdirectory("risotto-peer-down-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_million_routes_make_a_million_withdraws_and_hold_nobody_up()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var broker = new ExternalBroker($"{Topic}:{Shards}");
        await using var risotto = await RisottoProcess.StartAsync(
            "--kafka-brokers", broker.Bootstrap, "--curation-state-path", Path.Combine(_folder, "state.bin"));
        using var http = new HttpClient();
        IPAddress[] routers = [.. AddressesOfOneShard().Take(2)];
        using var large = await ConnectAsync(routers[0], risotto.Bmp);
        using var other = await ConnectAsync(routers[1], risotto.Bmp);
        for (int first = 0; first < Routes; first += RoutesOfAnUpdate)
            await large.SendAsync(Announcement(first, RoutesOfAnUpdate, origin: 0), cancel);
        await UntilAsync(page => page["risotto_state_updates", $"router=\"{routers[0]}\""] == Routes, "the table");
        long before = ProcessFigures.ResidentMemory(risotto.ProcessId).Now;

        using var enough = new CancellationTokenSource();
        var others = GoOnAsync(other, enough.Token);
        await UntilAsync(page => page["risotto_tx_updates_total", $"router=\"{routers[1]}\""] > 100, "the other router's updates");
        var start = await MetricsPage.GetAsync(http, risotto.Metrics, cancel);
        await large.SendAsync(BmpMessage.PeerDown(Peer, 4), cancel);
        await UntilAsync(page => page["risotto_synthetic_withdraws_total", "peer_down"] == Routes, "a million withdraws");
        var end = await MetricsPage.GetAsync(http, risotto.Metrics, cancel);
        await enough.CancelAsync();
        int sent = await others;
        await UntilAsync(page => page["risotto_records_acked_total", Topic] == 2.0 * Routes + sent, "acknowledgements");

        var rest = await MetricsPage.GetAsync(http, risotto.Metrics, cancel);
        long memory = ProcessFigures.ResidentMemory(risotto.ProcessId).Highest;
        // One of these messages is the Peer Down itself.
        double reads = end["risotto_read_to_batch_seconds_count"] - start["risotto_read_to_batch_seconds_count"] - 1;
        string within = string.Join(", ", ((string[])["0.01", "0.03", "0.1"])
            .Select(limit => $"{Within(end, limit) - Within(start, limit)} within {limit} s"));
        FaultRun.Say(
            $"{reads} reads of the other router meanwhile: {within}; memory {before / 1e6:F0} MB before, {memory / 1e6:F0} MB at most");
        Assert.Equal(Routes, rest["risotto_synthetic_withdraws_total"]);
        Assert.Equal(Routes, rest["risotto_records_synthetic_total", Topic]);
        Assert.Equal(0, rest["risotto_records_unaccounted"]);
        Assert.Equal(1, rest["risotto_state_updates"]);
        Assert.InRange(memory - before, long.MinValue, MostMemory);

        async Task UntilAsync(Func<MetricsPage, bool> condition, string what) => await Eventually.TrueAsync(
            async () => condition(await MetricsPage.GetAsync(http, risotto.Metrics, cancel)), Patience,
            () => $"{what} did not come: {string.Join('\n', risotto.Output)}", cancel);
    }

    private static double Within(MetricsPage page, string seconds) => page["risotto_read_to_batch_seconds_bucket", $"le=\"{seconds}\""];

    // The other router has one route, which changes all the time.
    private static async Task<int> GoOnAsync(Socket router, CancellationToken enough)
    {
        using var timer = new PeriodicTimer(Pace);
        int sent = 0;
        while (!enough.IsCancellationRequested)
        {
            await router.SendAsync(Announcement(0, 1, origin: (byte)(++sent % 2)), CancellationToken.None);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        return sent;
    }

    private static async Task<Socket> ConnectAsync(IPAddress router, IPEndPoint collector)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(router, 0));
        await socket.ConnectAsync(collector);
        await socket.SendAsync(Join(
            BmpMessage.Initiation(BmpMessage.Tlv(2, "router"u8.ToArray())),
            BmpMessage.PeerUp(
                Peer, BgpMessage.Open(65000, capabilities: [BgpMessage.FourOctetAs(65000)]),
                    BgpMessage.Open(65001, capabilities: [BgpMessage.FourOctetAs(65001)]))));
        return socket;
    }

    private static byte[] Announcement(int first, int count, byte origin)
    {
        byte[] nlri = new byte[count * 4];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(nlri.AsSpan(i * 4), first + i);
            nlri[i * 4] = 24;
        }
        return BmpMessage.RouteMonitoring(Peer, BgpMessage.Update(
            Join(PathAttribute.Origin(origin), PathAttribute.AsPath(65001), PathAttribute.NextHop("192.0.2.9")), nlri));
    }

    private static IEnumerable<IPAddress> AddressesOfOneShard() =>
        from last in Enumerable.Range(1, 250)
        let address = new IPAddress([127, 0, 2, (byte)last])
        where new RouterState(Ipv6Address.FromV4(address.GetAddressBytes())).ShardHash % Shards == 3
        select address;
}
