using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Suite.Tests.Golden;

/// <summary>
/// A flow sample in the oracle's reading, with the fields that the oracle knows. tshark fails at records that it does not know. For their
/// datagrams the oracle has <c>own</c>, the reading of an independent walker; tshark reads the sampled headers in it as packets.
/// </summary>
internal sealed class OracleFlow
{
    private OracleFlow(int frame) => Frame = frame;

    public int Frame { get; }

    public Dictionary<string, string> Fields { get; } = [];

    /// <summary>The samples whose packet is IP. The others make no record.</summary>
    public static IEnumerable<OracleFlow> ReadAll(JsonElement oracle)
    {
        foreach (var datagram in oracle.GetProperty("datagrams").EnumerateArray())
        {
            bool isOwn = datagram.TryGetProperty("own", out var own);
            var head = isOwn ? own : datagram;
            if (!head.TryGetProperty("samples", out var samples))
                continue;
            foreach (var sample in samples.EnumerateArray())
            {
                string format = isOwn
                    ? sample.GetProperty("t").GetString()! : $"{sample.GetProperty("enterprise")}:{sample.GetProperty("format")}";
                if (format is not ("0:1" or "0:3"))
                    continue;
                var flow = new OracleFlow(datagram.GetProperty("frame").GetInt32());
                flow.ReadHead(head, sample);
                bool isIp = isOwn ? flow.ReadOwn(sample) : flow.ReadTshark(sample, isExpanded: format == "0:3");
                if (isIp)
                    yield return flow;
            }
        }
    }

    private void ReadHead(JsonElement datagram, JsonElement sample)
    {
        Set("agentAddr", Address(datagram.GetProperty("agent")));
        Set("agentSubId", datagram, "sub", "sub_agent");
        Set("datagramSequenceNumber", datagram, "seq");
        Set("uptime", datagram, "uptime", "uptime_ms");
        Set("sampleSequenceNumber", sample, "seq");
        Set("samplingRate", sample, "rate");
        Set("samplePool", sample, "pool");
        Set("drops", sample, "drops");
        Set("sourceIdType", sample, "src_type", "src_id_type", "src_id_class");
        Set("sourceId", sample, "src_idx", "src_id_index", "src_index");
    }

    private bool ReadOwn(JsonElement sample)
    {
        SetInterface("input", sample.GetProperty("inp"));
        SetInterface("output", sample.GetProperty("out"));
        if (sample.TryGetProperty("header", out var header))
            Set("frameLength", header, "frame_length");
        return !sample.TryGetProperty("layers", out var layers) || ReadLayers(layers);
    }

    private bool ReadTshark(JsonElement sample, bool isExpanded)
    {
        if (isExpanded)
        {
            Set("inputFormat", sample, "in_format");
            Set("inputInterface", sample, "in");
            Set("outputFormat", sample, "out_format");
            Set("outputInterface", sample, "out");
        }
        bool isIp = true;
        foreach (var record in sample.GetProperty("records").EnumerateArray())
        {
            var fields = record.GetProperty("fields").EnumerateArray().GroupBy(f => f[0].GetString()!)
                .ToDictionary(f => f.Key, f => f.First()[1].GetString()!);
            switch (record.GetProperty("format").GetInt32())
            {
                case 1 when record.TryGetProperty("layers", out var layers):
                    Set("frameLength", record, "frame_len");
                    isIp = ReadLayers(layers);
                    break;
                case 1001:
                    Set("vlanIn", Narrow(fields["sflow_245.vlan.in"]));
                    Set("vlanOut", Narrow(fields["sflow_245.vlan.out"]));
                    break;
                case 1002:
                    Set("nextHop", fields["sflow_245.nexthop"]);
                    Set("srcPrefixLen", fields["sflow_245.nexthop.src_mask"]);
                    Set("dstPrefixLen", fields["sflow_245.nexthop.dst_mask"]);
                    break;
                case 1003:
                    Set("bgpNextHop", fields["sflow_245.nexthop"]);
                    Set("routerAs", fields["sflow_245.as"]);
                    Set("srcAs", fields["sflow_245.srcAS"]);
                    Set("srcPeerAs", fields["sflow_245.peerAS"]);
                    Set("localPref", fields["sflow_245.localpref"]);
                    break;
            }
        }
        return isIp;
    }

    // The outermost IP packet and its payload. Packets in ICMP errors and tunnels come after it.
    private bool ReadLayers(JsonElement layers)
    {
        bool isIp = false;
        foreach (var layer in layers.EnumerateArray())
        {
            switch (layer.GetProperty("layer").GetString())
            {
                case "ip" or "ipv6" when isIp:
                    return true;
                case "ip":
                    isIp = true;
                    SetAddresses(layer);
                    Set("length", layer, "len");
                    Set("protocol", layer, "proto");
                    Set("tos", layer, "dsfield");
                    Set("isFragment", layer.GetProperty("flags.mf").GetInt32() != 0 || layer.GetProperty("frag_offset").GetInt32() != 0
                        ? "True" : "False");
                    break;
                case "ipv6":
                    isIp = true;
                    SetAddresses(layer);
                    Set("length", (layer.GetProperty("plen").GetInt32() + 40).ToString(CultureInfo.InvariantCulture));
                    Set("tos", layer, "tclass");
                    Set("flowLabel", layer, "flow");
                    break;
                case "tcp":
                    SetPorts(layer, "6");
                    Set("tcpFlags", (layer.GetProperty("flags").GetInt32() & 0xFF).ToString(CultureInfo.InvariantCulture));
                    return isIp;
                case "udp":
                    SetPorts(layer, "17");
                    return isIp;
                case "icmp" or "icmpv6":
                    Set("protocol", layer.GetProperty("layer").GetString() == "icmp" ? "1" : "58");
                    Set("icmpType", layer, "type");
                    Set("icmpCode", layer, "code");
                    return isIp;
            }
        }
        return isIp;
    }

    private void SetAddresses(JsonElement layer)
    {
        Set("srcIp", Address(layer.GetProperty("src")));
        Set("dstIp", Address(layer.GetProperty("dst")));
    }

    private void SetPorts(JsonElement layer, string protocol)
    {
        Set("protocol", protocol);
        Set("srcPort", layer, "srcport");
        Set("dstPort", layer, "dstport");
    }

    private void SetInterface(string name, JsonElement value)
    {
        bool isExpanded = value.ValueKind == JsonValueKind.Array;
        uint raw = isExpanded ? 0 : value.GetUInt32();
        Set(name + "Format", isExpanded ? value[0].ToString() : (raw >> 30).ToString(CultureInfo.InvariantCulture));
        Set(name + "Interface", isExpanded ? value[1].ToString() : (raw & 0x3FFFFFFF).ToString(CultureInfo.InvariantCulture));
    }

    private void Set(string field, JsonElement from, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (from.TryGetProperty(name, out var value))
                Set(field, value.ToString());
        }
    }

    private void Set(string field, string value) => Fields[field] = value;

    private static string Address(JsonElement text) => IPAddress.Parse(text.GetString()!).ToString();

    private static string Narrow(string vlan) =>
        Math.Min(uint.Parse(vlan, CultureInfo.InvariantCulture), ushort.MaxValue).ToString(CultureInfo.InvariantCulture);
}
