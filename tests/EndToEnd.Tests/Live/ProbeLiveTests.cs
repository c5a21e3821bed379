using System.Text.RegularExpressions;
using Captures.Pcap;
using Shared.Records.Wire;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>
/// Sends probes through a chain of real routers (the kernel's). tcpdump captures the replies, replay sends them to the gateway, and the
/// test reads them back: it finds the values that the prober encoded, and the round trip by the capture's own clock.
/// </summary>
public sealed partial class ProbeLiveTests
{
    private const string Source4 = "10.9.0.1", Target4 = "203.0.113.10", Source6 = "2001:db8:9:0::1", Target6 = "2001:db8:dd::10";
    private const int MaxTtl = 4, CaracalId = 1234, FirstPort = 24_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replies_of_real_routers_arrive_with_what_the_prober_encoded()
    {
        Programs.Need("tcpdump", "capnp");
        await using var lab = await NetworkLab.CreateAsync(Cancel, "src", "r1", "r2", "dst");
        await JoinAsync(lab);
        string folder = lab.Folder.FullName, key = Path.Combine(folder, "key"), capture = Path.Combine(folder, "capture.pcap");
        await File.WriteAllTextAsync(key, "key-of-the-lab", Cancel);
        var gateway = lab.Start("src", Tool("saimiris-gateway"), "--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0",
            "--agent-key-file", key, "--kafka-disable", "--output-dir", folder, "--kafka-batch-wait-time", "50",
            "--database-url", $"sqlite:{folder}/gateway.db", "--outbox-dir", Path.Combine(folder, "outbox"));
        await UntilAsync(() => gateway.Find(Listening()) is not null, lab);
        string url = "http://" + gateway.Find(Listening());
        var sniffer = lab.Start("src", "tcpdump", "-i", "eth0", "-U", "-w", capture, "-Z", "root", "icmp or icmp6 or udp");
        await UntilAsync(() => sniffer.LastLines().Contains("listening on", StringComparison.Ordinal) && File.Exists(capture), lab);
        lab.Start("src", Tool("replay"), "send", capture, "--follow", "--to", url, "--agent", "ams-1", "--agent-key-file", key,
            "--caracal-id", $"{CaracalId}", "--body-seconds", "0.2");

        // The first probes wait for the neighbours' addresses before they leave.
        await ProbeAsync(lab, folder, FirstPort - 100);
        var records = await ProbeAsync(lab, folder, FirstPort);

        Assert.Equal(4 * MaxTtl, records.Count);
        for (int probe = 0; probe < 4; probe++)
            Assert.Equal(Enumerable.Range(1, MaxTtl).Select(ttl => (ulong)ttl),
                records.Where(r => r.Number("probeSrcPort") == (ulong)(FirstPort + probe)).Select(r => r.Number("probeTtl")).Order());
        // Two routers answer, then the target itself: it answers an echo, and reports for UDP that the port is closed.
        Assert.All(records.Where(r => r.Number("probeTtl") == 1), r =>
            Assert.Contains(r.Address("replySrcAddr"), (string[])["10.9.0.2", "2001:db8:9::2"]));
        Assert.All(records.Where(r => r.Number("probeTtl") >= 3), r =>
            Assert.Contains(r.Address("replySrcAddr"), (string[])[Target4, Target6]));
        Assert.Equal(4 * 2, records.Count(r => (r.Number("replyProtocol"), r.Number("replyIcmpType")) is (1, 11) or (58, 3)));
        var sent = SentAt(capture);
        double[] later = [.. records.Select(record => record.Number("rttMicros") / 1e3
            - (record.TimeReceivedNs - sent[(record.Address("probeDstAddr"), record.Number("probeSrcPort"),
                record.Number("probeTtl"))]) / 1e6)];
        // The prober takes the time before it builds the packet, and may wait for a processor in between. The field wraps after 6,553.5 ms.
        Assert.All(later, milliseconds => Assert.InRange(milliseconds, -0.1, 6554));
        Assert.InRange(later.Min(), -0.1, 1000);
    }

    [Fact]
    public async Task Replies_to_scamper_and_mtr_through_a_pipe_of_tcpdump_agree_with_tshark_packet_by_packet()
    {
        Programs.Need("tcpdump", "tshark", "scamper", "mtr", "capnp");
        await using var lab = await NetworkLab.CreateAsync(Cancel, "src", "r1", "r2", "dst");
        await JoinAsync(lab);
        string folder = lab.Folder.FullName, key = Path.Combine(folder, "key"), capture = Path.Combine(folder, "capture.pcap");
        await File.WriteAllTextAsync(key, "key-of-the-lab", Cancel);
        var gateway = lab.Start("src", Tool("saimiris-gateway"), "--address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0",
            "--agent-key-file", key, "--kafka-disable", "--output-dir", folder, "--kafka-batch-wait-time", "50",
            "--database-url", $"sqlite:{folder}/gateway.db", "--outbox-dir", Path.Combine(folder, "outbox"));
        await UntilAsync(() => gateway.Find(Listening()) is not null, lab);
        var pipe = lab.Start("src", "sh", "-c",
            $"tcpdump -i eth0 -U -w - -Z root 'icmp or icmp6 or udp or tcp' | tee {capture} | {Tool("replay")} send - --to "
                + $"http://{gateway.Find(Listening())} --agent ams-1 --agent-key-file {key} --body-seconds 0.2");
        await UntilAsync(() => pipe.LastLines().Contains("listening on", StringComparison.Ordinal), lab);
        foreach (string method in (string[])["udp-paris", "icmp-paris", "tcp"])
            await lab.RunInAsync("src", ["scamper", "-c", $"trace -P {method} -q 1 -w 2", "-i", Target4, Target6], Cancel);
        foreach (string[] options in (string[][])[["-4"], ["-6"], ["-4", "--udp"], ["-6", "--udp"]])
            await lab.RunInAsync("src", ["mtr", "--report", "--no-dns", "-c", "2", "-i", "0.2", "-G", "1", .. options,
                options[0] == "-4" ? Target4 : Target6], Cancel);

        // tcpdump, tee and replay end one after the other, and each passes on what it has.
        List<string> expected = [], actual = [];
        await Eventually.TrueAsync(async () =>
        {
            expected = await TsharkReplies.ReadAsync(capture, Cancel);
            actual = [.. (await RecordsAsync(folder)).Select(TsharkReplies.LineOf)];
            return expected.Count >= 3 * 2 * 3 && actual.Count >= expected.Count;
        }, Patience, () => $"{actual.Count} replies of {expected.Count}\n{lab.Logs()}", Cancel);
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
        TestContext.Current.TestOutputHelper?.WriteLine($"{actual.Count} replies");
        // Time Exceeded and Destination Unreachable to probes of each protocol, and echo replies.
        foreach (string kind in (string[])["icmp 11/0", "icmp 3/3", "icmp 0/0", "icmp 3/0 ", "icmp 1/4", "icmp 129/0", "proto 1 ",
            "proto 17", "proto 6 ", "proto 58"])
            Assert.Contains(actual, line => line.Contains(kind, StringComparison.Ordinal));
    }

    // One probe for each TTL, family and protocol; waits for all replies.
    private static async Task<IReadOnlyList<ReplyRecord>> ProbeAsync(NetworkLab lab, string folder, int port)
    {
        int next = port;
        foreach (var (source, target) in ((string, string)[])[(Source4, Target4), (Source6, Target6)])
        {
            foreach (string protocol in (string[])["udp", "icmp"])
                await lab.RunInAsync("src", [Tool("Prober"), $"{CaracalId}", $"{next++}", protocol, source, target, $"{MaxTtl}"], Cancel);
        }
        ReplyRecord[] records = [];
        await Eventually.TrueAsync(async () =>
        {
            records = [.. (await RecordsAsync(folder)).Where(r => r.Number("probeSrcPort") >= (ulong)port
                && r.Number("probeSrcPort") < (ulong)port + 4)];
            return records.Length >= 4 * MaxTtl;
        }, Patience, () => $"{records.Length} replies of {4 * MaxTtl}\n{lab.Logs()}", Cancel);
        return records;
    }

    // The hosts are src - r1 - r2 - dst.
    private static async Task JoinAsync(NetworkLab lab)
    {
        string[] hosts = ["src", "r1", "r2", "dst"];
        for (int i = 0; i < 3; i++)
        {
            await lab.LinkAsync((hosts[i], "eth0", [$"10.9.{i}.1/24", $"2001:db8:9:{i}::1/64"]),
                (hosts[i + 1], "eth1", [$"10.9.{i}.2/24", $"2001:db8:9:{i}::2/64"]), Cancel);
        }
        foreach (string host in hosts)
        {
            await lab.RunInAsync(host, ["sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0", "net.ipv4.ip_forward=1",
                "net.ipv6.conf.all.forwarding=1"], Cancel);
        }
        await lab.RunInAsync("dst", ["ip", "address", "add", Target4 + "/32", "dev", "lo"], Cancel);
        await lab.RunInAsync("dst", ["ip", "address", "add", Target6 + "/128", "dev", "lo", "nodad"], Cancel);
        for (int i = 0; i < 3; i++)
        {
            await lab.RunInAsync(hosts[i], ["ip", "route", "add", "default", "via", $"10.9.{i}.2"], Cancel);
            await lab.RunInAsync(hosts[i], ["ip", "-6", "route", "add", "default", "via", $"2001:db8:9:{i}::2"], Cancel);
        }
        for (int i = 2; i < 4; i++)
        {
            for (int net = 0; net < i - 1; net++)
            {
                await lab.RunInAsync(hosts[i], ["ip", "route", "add", $"10.9.{net}.0/24", "via", $"10.9.{i - 1}.1"], Cancel);
                await lab.RunInAsync(hosts[i], ["ip", "-6", "route", "add", $"2001:db8:9:{net}::/64", "via", $"2001:db8:9:{i - 1}::1"],
                    Cancel);
            }
        }
    }

    // The time at which each probe left, by the capture's clock: destination, source port or echo identifier, TTL.
    private static Dictionary<(string, ulong, ulong), ulong> SentAt(string capture)
    {
        var sent = new Dictionary<(string, ulong, ulong), ulong>();
        using var reader = new PcapReader(new FileStream(capture, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.TryRead(out var packet))
        {
            if (IpPacket.TryRead(packet, out var ip) != PacketSkip.None || ip.Payload.Length < 8)
                continue;
            var bytes = ip.Payload.Span;
            bool isEcho = (ip.Protocol, bytes[0]) is (IpPacket.IcmpV4, 8) or (IpPacket.IcmpV6, 128);
            if (ip.Protocol != IpPacket.Udp && !isEcho)
                continue;
            int port = isEcho ? bytes[4] << 8 | bytes[5] : bytes[0] << 8 | bytes[1];
            sent.TryAdd((ip.Destination.ToString(), (ulong)port, (ulong)(ip.PayloadLength - 10)), packet.TimeNs);
        }
        return sent;
    }

    private static async Task<IReadOnlyList<ReplyRecord>> RecordsAsync(string folder)
    {
        string topic = Path.Combine(folder, "saimiris-replies");
        if (!Directory.Exists(topic))
            return [];
        var bytes = new MemoryStream();
        foreach (string file in Directory.EnumerateFiles(topic).Order(StringComparer.Ordinal))
        {
            await using var batch = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await batch.CopyToAsync(bytes, Cancel);
        }
        return await ReplyRecord.ReadAsync(bytes.ToArray(), Cancel);
    }

    private static Task UntilAsync(Func<bool> isSo, NetworkLab lab) =>
        Eventually.TrueAsync(() => Task.FromResult(isSo()), Patience, lab.Logs, Cancel);

    private static string Tool(string name) => Path.Combine(AppContext.BaseDirectory, name);

    [GeneratedRegex(@"takes requests on ([0-9.:]+)")]
    private static partial Regex Listening();
}
