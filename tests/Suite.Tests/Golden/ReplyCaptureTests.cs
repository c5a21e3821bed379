using System.Globalization;
using System.Net;
using System.Text.Json;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>
/// Passes every capture of ICMP replies to the gateway's pipeline and reads the records with the capnp tool. It compares the packets'
/// fields with tshark's reading, and the fields that caracal encodes with caracal's own parser.
/// </summary>
public class ReplyCaptureTests
{
    // The frames of the mpls capture that hold too little to identify a probe: the quote ends within the first 8 bytes of its transport
    // header (19-22 and so on), the quoted type is no echo request's (52, 108), or the message is no answer (54, 55, 110, 111).
    private static readonly int[] Unusable =
        [19, 20, 21, 22, 45, 46, 47, 48, 52, 54, 55, 75, 76, 77, 78, 101, 102, 103, 104, 108, 110, 111];

    // tshark shows labels if the checksum is wrong or the object goes beyond the packet, and none in ICMPv6 without a length.
    private static readonly int[] LabelsApart = [12, 13, 38, 39, 65, 68, 69, 91, 94, 95];

    public static TheoryData<string> Captures => [.. ReplyCaptures.Names];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Records_agree_with_tshark_packet_by_packet(string capture)
    {
        var oracle = ReplyCaptures.Oracle(capture, "expected")!;
        var records = await ReplyRecord.ReadAsync(ReplyCaptures.Decode(capture, null, "ams-1").Value, Cancel);
        var rest = new Queue<ReplyRecord>(records);
        bool isMpls = capture is "repository/mpls/input.pcap" or "ours/icmp-mpls-synthetic.pcap";
        foreach (var expected in oracle.Where(e => IsReply(e) && !(isMpls && Unusable.Contains(Frame(e)))))
        {
            var record = rest.Dequeue();
            Assert.Equal(PacketFields(expected), PacketFields(record, expected));
            if (!isMpls || !LabelsApart.Contains(Frame(expected)))
                Assert.Equal(Labels(expected), record.Labels);
        }
        Assert.Empty(rest);
    }

    [Theory]
    [InlineData("repository/caracal/input.pcap", 1234, 396, 396)]
    [InlineData("repository/caracal-real/input.pcap", 4321, 76, 76)]
    [InlineData("repository/mpls/input.pcap", 1234, 87, 73)]
    public async Task Encoded_fields_agree_with_caracals_own_parser(string capture, int caracalId, int records, int readByBoth)
    {
        var ours = (await ReplyRecord.ReadAsync(ReplyCaptures.Decode(capture, (ushort)caracalId, "ams-1").Value, Cancel))
            .ToDictionary(r => r.TimeReceivedNs / 1000);
        var caracal = ReplyCaptures.Oracle(capture, "caracal")!.Where(c => c.TryGetProperty("is_valid", out var valid)
            && valid.GetBoolean())
            .ToDictionary(c => c.GetProperty("capture_timestamp_us").GetUInt64());
        Assert.Equal(records, ours.Count);
        int compared = 0;
        foreach (var (time, record) in ours)
        {
            // caracal crashes on some frames, and drops or does not read others that hold all needed fields.
            if (!caracal.TryGetValue(time, out var theirs) || theirs.GetProperty("probe_protocol").GetInt32() == 0)
                continue;
            compared++;
            Assert.Equal(
                $"{Number(theirs, "probe_ttl")} {Number(theirs, "rtt_tenth_ms")} {Number(theirs, "probe_src_port")} " +
                $"{Number(theirs, "probe_dst_port")} " +
                $"{Number(theirs, "probe_protocol")} {Number(theirs, "probe_size")} {Number(theirs, "quoted_ttl")}",
                $"{record.Number("probeTtl")} {record.Number("rtt")} {record.Number("probeSrcPort")} {record.Number("probeDstPort")} " +
                $"{record.Number("probeProtocol")} {record.Number("probeSize")} {record.Number("replyQuotedTtl")}");
        }
        Assert.Equal(readByBoth, compared);
    }

    [Fact]
    public async Task A_round_trip_is_good_to_a_tenth_of_a_millisecond()
    {
        var replies = ReplyCaptures.Decode("repository/caracal/input.pcap", 1234, "ams-1");
        foreach (var record in await ReplyRecord.ReadAsync(replies.Value, Cancel))
            Assert.InRange((long)record.Number("rttMicros") - (long)record.Number("rtt") * 100, 0, 99);
    }

    [Fact]
    public void Replies_that_contradict_the_caracal_id_are_left_out_and_unverifiable_ones_are_counted()
    {
        var right = ReplyCaptures.Decode("repository/caracal/input.pcap", 1234, "ams-1").Counters;
        var wrong = ReplyCaptures.Decode("repository/caracal/input.pcap", 1235, "ams-1").Counters;
        var unknown = ReplyCaptures.Decode("repository/caracal/input.pcap", null, "ams-1").Counters;

        // There are 72 + 42 errors over IPv4. Echo replies and IPv6 have nothing to check.
        Assert.Equal((396, 114, 282), (right.Accepted, right.Verified, right.Unverified));
        Assert.Equal((282, 0), (wrong.Accepted, wrong.Verified));
        Assert.Contains(("integrity_failed", 114), wrong.Rejected);
        Assert.Equal((396, 0, 396), (unknown.Accepted, unknown.Verified, unknown.Unverified));
    }

    private static bool IsReply(JsonElement e) =>
        (e.GetProperty("version").GetInt32(), e.GetProperty("type").GetInt32()) is (4, 0 or 3 or 11) or (6, 1 or 3 or 129);

    private static int Frame(JsonElement e) => e.GetProperty("frame").GetInt32();

    private static string PacketFields(JsonElement e)
    {
        bool isV4 = e.GetProperty("version").GetInt32() == 4;
        string fields =
            $"{Nanoseconds(e)} {Text(e, "src")} {Text(e, "dst")} ttl {Number(e, "ttl")} size {Number(e, isV4 ? "len" : "plen")} id " +
            $"{(isV4 ? Number(e, "id") : 0)} " +
            $"icmp {Number(e, "type")}/{Number(e, "code")}";
        if (!e.TryGetProperty("quoted", out var quoted))
            return fields + $" echo {Number(e, "echo_id")}";
        var ip = quoted[0];
        fields += $" probe {Text(ip, "src")} {Text(ip, "dst")} ttl {Number(ip, isV4 ? "ttl" : "hlim")} size " +
            $"{Number(ip, isV4 ? "len" : "plen")} id {(isV4 ? Number(ip, "id") : 0)}";
        var last = quoted[quoted.GetArrayLength() - 1];
        return last.TryGetProperty("srcport", out _) ? fields + $" ports {Number(last, "srcport")} {Number(last, "dstport")}" : fields;
    }

    // The same fields of the record, as far as the oracle has them.
    private static string PacketFields(ReplyRecord r, JsonElement oracle)
    {
        string fields =
            $"{r.TimeReceivedNs} {r.Address("replySrcAddr")} {r.Address("replyDstAddr")} ttl {r.Number("replyTtl")} size " +
            $"{r.Number("replySize")} id {r.Number("replyId")} " +
            $"icmp {r.Number("replyIcmpType")}/{r.Number("replyIcmpCode")}";
        if (!oracle.TryGetProperty("quoted", out var quoted))
            return fields + $" echo {r.Number("probeSrcPort")}";
        fields += $" probe {r.Address("probeSrcAddr")} {r.Address("probeDstAddr")} ttl {r.Number("replyQuotedTtl")} size " +
            $"{r.Number("probeSize")} id {r.Number("probeId")}";
        return quoted[quoted.GetArrayLength() - 1].TryGetProperty("srcport", out _)
            ? fields + $" ports {r.Number("probeSrcPort")} {r.Number("probeDstPort")}" : fields;
    }

    private static IReadOnlyList<(uint, uint, uint, uint)> Labels(JsonElement e) =>
        e.TryGetProperty("mpls", out var list)
            ? [.. list.EnumerateArray()
                .Select(l => ((uint)Number(l, "label"), (uint)Number(l, "exp"), (uint)Number(l, "s"), (uint)Number(l, "ttl")))]
            : [];

    private static string Nanoseconds(JsonElement e) => e.GetProperty("epoch").GetString()!.Replace(".", "", StringComparison.Ordinal);

    private static string Text(JsonElement e, string name) => IPAddress.Parse(e.GetProperty(name).GetString()!).ToString();

    private static long Number(JsonElement e, string name) => long.Parse(e.GetProperty(name).ToString(), CultureInfo.InvariantCulture);
}
