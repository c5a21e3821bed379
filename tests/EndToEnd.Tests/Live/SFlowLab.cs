using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>Makes two hosts with an exporter between them (sw), which samples their IPv6 traffic, and a collector (col) after it.</summary>
internal sealed partial class SFlowLab : IAsyncDisposable
{
    public const int Port = 6343, Payload = 1200;
    public const string SwitchOverIpv4 = "10.0.60.1", CollectorOverIpv4 = "10.0.60.9", CollectorOverIpv6 = "2001:db8:60::9";

    private const int TrafficPort = 5201;
    // The headers are IPv6 40 and UDP 8, and TCP 20 with 12 of time stamps.
    private const int UdpHeaders = 48, TcpHeaders = 72;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);
    private static readonly string[] Offloads = ["tx", "rx", "tso", "gso", "gro"];

    private readonly LabProcess _kcat;

    private SFlowLab(NetworkLab network, LabProcess kcat)
    {
        Network = network;
        _kcat = kcat;
    }

    public NetworkLab Network { get; }

    /// <summary>Starts h1 and h2: in one subnet if sw is a bridge, in two if it is a router.</summary>
    public static async Task<SFlowLab> StartAsync(bool isRouted, CancellationToken cancel)
    {
        Programs.Need("iperf3", "ethtool", "kcat", "capnp");
        var network = await NetworkLab.CreateAsync(cancel, "h1", "h2", "sw", "col");
        try
        {
            string[] none = [];
            await network.LinkAsync(("h1", "e0", [Host(1, isRouted) + "/64"]), ("sw", "o1", isRouted ? ["2001:db8:1::fe/64"] : none),
                cancel);
            await network.LinkAsync(("h2", "e0", [Host(2, isRouted) + "/64"]), ("sw", "o2", isRouted ? ["2001:db8:2::fe/64"] : none),
                cancel);
            await network.LinkAsync(("sw", "oc", [$"{SwitchOverIpv4}/24", "2001:db8:60::1/64"]),
                ("col", "co", [$"{CollectorOverIpv4}/24", $"{CollectorOverIpv6}/64"]), cancel);
            foreach (var (host, name) in ((string, string)[])[("h1", "e0"), ("h2", "e0"), ("sw", "o1"), ("sw", "o2")])
            {
                // Otherwise the exporter sees large segments that are split only later.
                foreach (string offload in Offloads)
                    await network.TryInAsync(host, ["ethtool", "-K", name, offload, "off"], cancel);
            }
            if (isRouted)
            {
                await network.RunInAsync("sw", ["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"], cancel);
                foreach (int host in (int[])[1, 2])
                    await network.RunInAsync($"h{host}", ["ip", "-6", "route", "add", "default", "via", $"2001:db8:{host}::fe"], cancel);
            }
            return new SFlowLab(network, await CollectorAsync(network, cancel));
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the address of h1 or h2.</summary>
    public static string Host(int number, bool isRouted) => isRouted ? $"2001:db8:{number}::{number}" : $"2001:db8:1::{number}";

    /// <summary>Sends UDP of a known number of packets and TCP of a known number of bytes from h1 to h2.</summary>
    public async Task<Traffic> SendAsync(bool isRouted, int udpPackets, int tcpMegabytes, CancellationToken cancel)
    {
        string target = Host(2, isRouted);
        var server = Network.Start("h2", "iperf3", "-s", "-p", $"{TrafficPort}");
        await Eventually.TrueAsync(
            async () => await Network.TryInAsync("h1", ["iperf3", "-6", "-c", target, "-p", $"{TrafficPort}", "-n", "1000"],
                cancel) is not null,
            StartTimeout, () => $"h2 does not answer: {server.LastLines()} {Network.Logs()}", cancel);
        long before = await PassedAsync(cancel);
        using var udp = await ClientAsync(target, ["-u", "-b", "60M", "-l", $"{Payload}", "-n", $"{(long)udpPackets * Payload}"], cancel);
        long passed = await PassedAsync(cancel) - before;
        using var tcp = await ClientAsync(target, ["-b", "60M", "-M", "1400", "-n", $"{tcpMegabytes}M"], cancel);
        // A busy machine loses some packets before the exporter sees them, so the packets that have passed are counted. Some of them are
        // iperf3's own.
        long packets = Math.Min(passed, udp.RootElement.GetProperty("end").GetProperty("sum").GetProperty("packets").GetInt64());
        long bytes = tcp.RootElement.GetProperty("end").GetProperty("sum_sent").GetProperty("bytes").GetInt64();
        return new Traffic(packets, bytes);
    }

    /// <summary>Estimates the traffic from h1 to h2 from the topic's records, when no more of them come.</summary>
    public async Task<Estimate> EstimateAsync(bool isRouted, CancellationToken cancel)
    {
        int before = -1, same = 0;
        await Eventually.TrueAsync(
            () =>
            {
                int now = _kcat.Bytes().Length;
                same = now == before ? same + 1 : 0;
                before = now;
                // Exporters hold a datagram for a second or so until it is full.
                return Task.FromResult(same >= 12 && now > 0);
            }, StartTimeout, () => $"the topic does not come to rest: {before} bytes; {Network.Logs()}", cancel);
        var records = await CapnpTool.ReadAsync(_kcat.Bytes(), RepositoryFolder.Schema("sflow"), "SFlowFlowRecord", cancel);
        var flow = records.Where(r => Address(r, "srcIp") == Host(1, isRouted) && Address(r, "dstIp") == Host(2, isRouted)
            && Number(r, "dstPort") == TrafficPort).ToList();
        var udp = flow.Where(r => Number(r, "protocol") == 17).ToList();
        var tcp = flow.Where(r => Number(r, "protocol") == 6).ToList();
        return new Estimate(
            udp.Count, udp.Sum(r => Number(r, "samplingRate")),
                udp.Sum(r => Number(r, "samplingRate") * (Number(r, "length") - UdpHeaders)),
            tcp.Count, tcp.Sum(r => Number(r, "samplingRate") * Math.Max(0, Number(r, "length") - TcpHeaders)));
    }

    public ValueTask DisposeAsync() => Network.DisposeAsync();

    // The number of packets that have left the switch for h2.
    private async Task<long> PassedAsync(CancellationToken cancel) =>
        long.Parse(
            await Network.RunInAsync("sw", ["cat", "/sys/class/net/o2/statistics/tx_packets"], cancel), CultureInfo.InvariantCulture);

    private async Task<JsonDocument> ClientAsync(string target, string[] arguments, CancellationToken cancel) =>
        JsonDocument.Parse(await Network.RunInAsync("h1", ["iperf3", "-6", "-J", "-c", target, "-p", $"{TrafficPort}", .. arguments],
            cancel));

    private static async Task<LabProcess> CollectorAsync(NetworkLab network, CancellationToken cancel)
    {
        var pesto = network.Start("col", Path.Combine(AppContext.BaseDirectory, "pesto"),
            "--sflow-address", $"[::]:{Port.ToString(CultureInfo.InvariantCulture)}", "--metrics-address", "127.0.0.1:8080",
            "--kafka-brokers", "embedded", "--kafka-batch-wait-time", "100", "--kafka-batch-wait-interval", "50", "--collector-id", "live");
        string? broker = null;
        await Eventually.TrueAsync(() => Task.FromResult((broker = pesto.Find(EmbeddedBroker())) is not null), StartTimeout,
            () => "pesto names no embedded broker: " + pesto.LastLines(), cancel);
        return network.StartData("col", "kcat", "-C", "-q", "-u", "-b", broker!, "-t", "pesto-sflow", "-o", "beginning", "-f", "%s");
    }

    private static long Number(JsonElement record, string field) =>
        record.GetProperty(field) is { ValueKind: JsonValueKind.String } text ? long.Parse(text.GetString()!, CultureInfo.InvariantCulture)
            : record.GetProperty(field).GetInt64();

    private static string Address(JsonElement record, string field) =>
        new System.Net.IPAddress([.. record.GetProperty(field).EnumerateArray().Select(b => b.GetByte())]).ToString();

    [GeneratedRegex(@"embedded.* (127\.0\.0\.1:\d+)")]
    private static partial Regex EmbeddedBroker();
}

/// <summary>The traffic that went from h1 through the switch to h2.</summary>
/// <param name="UdpPackets">Each with <see cref="SFlowLab.Payload"/> bytes.</param>
/// <param name="TcpBytes">Payload.</param>
internal sealed record Traffic(long UdpPackets, long TcpBytes);

/// <summary>The traffic as estimated from the records: each counts for as many packets as its sampling rate.</summary>
internal sealed record Estimate(int UdpSamples, long UdpPackets, long UdpBytes, int TcpSamples, long TcpBytes);
