using System.Globalization;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Live;

/// <summary>Reads a capture's answers to probes with tshark, and writes them and records as lines of the same form.</summary>
internal static class TsharkReplies
{
    private static readonly string[] Fields =
    [
        "frame.time_epoch", "ip.src", "ip.dst", "ip.ttl", "ip.len", "ip.proto", "icmp.type", "icmp.code", "icmp.ident",
        "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.plen", "ipv6.nxt", "icmpv6.type", "icmpv6.code", "icmpv6.echo.identifier",
        "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport",
    ];

    private const string Answers = "icmp.type in {0, 3, 11} or icmpv6.type in {1, 3, 129}";

    /// <summary>Reads the capture as far as it is written.</summary>
    public static async Task<List<string>> ReadAsync(string capture, CancellationToken cancel)
    {
        // tshark ends with 2 if the last packet is not whole yet, but its output still has the packets before it.
        string output = await NetworkLab.RunAsync("sh", ["-c",
            $"tshark -n -r {capture} -Y '{Answers}' -T fields -E occurrence=a -E aggregator=, "
                + $"{string.Join(' ', Fields.Select(field => "-e " + field))} 2>/dev/null || true"], cancel);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => LineOf(line.Split('\t')))];
    }

    public static string LineOf(ReplyRecord r)
    {
        string line =
            $"{r.TimeReceivedNs} {r.Address("replySrcAddr")} {r.Address("replyDstAddr")} ttl {r.Number("replyTtl")} size "
            + $"{r.Number("replySize")} icmp {r.Number("replyIcmpType")}/{r.Number("replyIcmpCode")} ";
        if (r.Number("replyQuotedTtl") == 0)
            return line + $"echo {r.Number("probeSrcPort")}";
        bool isEcho = r.Number("probeProtocol") is 1 or 58;
        return line
            + $"probe {r.Address("probeSrcAddr")} {r.Address("probeDstAddr")} ttl {r.Number("replyQuotedTtl")} size "
            + $"{r.Number("probeSize")} proto {r.Number("probeProtocol")} "
            + (isEcho ? $"echo {r.Number("probeSrcPort")}" : $"ports {r.Number("probeSrcPort")} {r.Number("probeDstPort")}");
    }

    // Each field has the packet's own value first, then the quoted packet's.
    private static string LineOf(string[] values)
    {
        string[] of(string field) => values[Array.IndexOf(Fields, field)].Split(',');
        bool isV4 = of("ip.src")[0].Length > 0;
        string ip = isV4 ? "ip" : "ipv6", icmp = isV4 ? "icmp" : "icmpv6", ttl = isV4 ? "ip.ttl" : "ipv6.hlim",
            size = isV4 ? "ip.len" : "ipv6.plen", next = isV4 ? "ip.proto" : "ipv6.nxt";
        string ident = isV4 ? "icmp.ident" : "icmpv6.echo.identifier";
        string time = values[0].Replace(".", "", StringComparison.Ordinal);
        string line =
            $"{time} {of(ip + ".src")[0]} {of(ip + ".dst")[0]} ttl {of(ttl)[0]} size {of(size)[0]} icmp "
            + $"{of(icmp + ".type")[0]}/{of(icmp + ".code")[0]} ";
        if (of(ip + ".src").Length == 1)
            return line + $"echo {Number(of(ident)[0])}";
        string protocol = of(next)[1];
        string probe = protocol switch
        {
            "17" => $"ports {of("udp.srcport")[0]} {of("udp.dstport")[0]}",
            "6" => $"ports {of("tcp.srcport")[0]} {of("tcp.dstport")[0]}",
            _ => $"echo {Number(of(ident)[0])}",
        };
        return line + $"probe {of(ip + ".src")[1]} {of(ip + ".dst")[1]} ttl {of(ttl)[1]} size {of(size)[1]} proto {protocol} {probe}";
    }

    // tshark prints it decimal or as 0x....
    private static int Number(string text) =>
        text.StartsWith("0x", StringComparison.Ordinal) ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : int.Parse(text, CultureInfo.InvariantCulture);
}
