using System.Text.RegularExpressions;
using Suite.Tests.Fuzz;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace Suite.Tests.Replay;

public sealed partial class ExplainCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("replay-explain-").FullName;

    public static TheoryData<string> Captures => [.. CaptureFiles.Bmp];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Captures))]
    public async Task Fields_and_prefixes_are_those_that_tshark_reads(string name)
    {
        string file = CaptureFiles.PathOf(name);
        var expected = OracleCapture.Find(file)!.Messages;
        var run = await ReplayRun.RunAsync("decode", "--explain", file);
        var messages = ExplainedMessage.Parse(run.Output).Where(m => !m.Text.Contains("Reading stops here")).ToList();
        Assert.Equal(expected.Select(m => (m.Type, m.Length)), messages.Select(m => (TypeOf(m), m.Length)));
        foreach (var (message, oracle) in messages.Zip(expected))
        {
            Assert.Equal(oracle.Peer.GetValueOrDefault("peer AS", ""), message.Values("Peer AS").FirstOrDefault(""));
            Assert.Equal(oracle.Peer.GetValueOrDefault("peer BGP ID", ""), message.Values("Peer BGP ID").FirstOrDefault(""));
            if (oracle.Attributes is null)
                continue;
            Assert.Equal(oracle.Announced.Select(Plain).Order(StringComparer.Ordinal), Routes(message, "NLRI"));
            Assert.Equal(oracle.Withdrawn.Select(Plain).Order(StringComparer.Ordinal), Routes(message, "Withdrawn route"));
            Assert.Equal(oracle.Attributes["attribute types"], string.Join(' ', AttributeTypes(message)));
        }
    }

    // A record of `replay decode` is the oracle for the explanation of the same bytes: its golden tests compare it with tshark.
    [Theory]
    [InlineData("bird")]
    [InlineData("frr")]
    [InlineData("gobgp")]
    [InlineData("gobgp-vpn")]
    public async Task Each_record_is_explained_once(string name)
    {
        foreach (string[] flags in (string[][])[[], ["--curation"]])
        {
            var records = (await ReplayRun.RunAsync(["decode", ReplayRun.Capture(name), .. flags])).Records;
            var run = await ReplayRun.RunAsync(["decode", "--explain", ReplayRun.Capture(name), .. flags]);
            Assert.Equal(
                records.Select(r => (r.GetProperty("sequence").GetUInt64(), r.GetProperty("announced").GetBoolean(),
                    $"{r.GetProperty("prefixAddr").GetString()}/{r.GetProperty("prefixLen").GetInt32()}")).Order(),
                Fate().Matches(run.Output).Select(m => (ulong.Parse(m.Groups["sequence"].Value), m.Groups["what"].Value == "announced",
                    m.Groups["prefix"].Value)).Order());
            Assert.DoesNotContain("-> no record", run.Output, StringComparison.Ordinal);
            int suppressed = Regex.Count(run.Output, "-> suppressed: nothing changed");
            bool hasSuppressed = run.Summary.GetProperty("skipped").TryGetProperty("curation_suppressed", out var expected);
            Assert.Equal(hasSuppressed ? expected.GetInt32() : 0, suppressed);
        }
    }

    [Fact]
    public async Task A_message_that_is_cut_off_shows_what_is_there_and_where_reading_stops()
    {
        byte[] stream = await Case("two-updates-one-rm");
        // The third message begins at byte 193 and has 142 bytes. 80 of them are there: the attributes end in AS_PATH.
        string text = await Explain(stream[..273]);
        Assert.Contains("message 3, byte 193 of the stream, not whole, Route Monitoring", text, StringComparison.Ordinal);
        Assert.Contains("ORIGIN", text, StringComparison.Ordinal);
        Assert.Contains("byte 273 of the stream: the message has 142 bytes, and 80 are there", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_beginning_of_a_stream_is_explained()
    {
        byte[] stream = await Case("vpn-withdraw-compat-no-bos");
        for (int length = 0; length <= stream.Length; length++)
            Assert.EndsWith($"end of the stream at byte {length}\n", (await Explain(stream[..length])).Split("          What")[^2]);
    }

    [Fact]
    public async Task A_stream_that_loses_its_framing_says_where_and_why()
    {
        byte[] stream = await Case("two-updates-one-rm");
        stream[193] = 9;
        string text = await Explain(stream);
        Assert.Contains("message 3, byte 193 of the stream, not a message", text, StringComparison.Ordinal);
        Assert.Contains("bmp_version_unknown at byte 0: session closed", text, StringComparison.Ordinal);
        Assert.Contains("byte 193 of the stream: the service closes the session (bmp_version_unknown at byte 193 of the stream)", text,
            StringComparison.Ordinal);
    }

    // draft-ietf-grow-bmp-tlv: Type (2), Length (2), in some drafts Index (2), value. In draft 20 the UPDATE is in a TLV of type 7.
    [Fact]
    public async Task The_tlvs_of_version_4_are_hex_digits_and_an_update()
    {
        byte[] stream = await Case("v4-rm");
        byte[] update = stream[(193 + 48)..(193 + 95)];
        byte[] tlvs = [0x00, 0x05, 0x00, 0x03, 0x00, 0x01, 0x61, 0x62, 0x63, 0x80, 0x09, 0x00, 0x04, 0x00, 0x00, 0xDE, 0xAD, 0xBE, 0xEF];
        byte[] message = [.. stream.AsSpan(193, 48), .. tlvs, 0x00, 0x07, 0x00, (byte)update.Length, 0x00, 0x00, .. update];
        message[4] = (byte)message.Length;
        string text = await Explain([.. stream[..193], .. message]);
        Assert.Contains("      48    TLV                              type 5, length 3, index 1: 616263\n", text, StringComparison.Ordinal);
        Assert.Contains("      57    Enterprise TLV                   type 9, length 4, index 0: deadbeef\n", text,
            StringComparison.Ordinal);
        Assert.Contains("      67    TLV                              type 7, length 47, index 0\n", text, StringComparison.Ordinal);
        Assert.Matches(@"     116 +NLRI +198\.51\.100\.0/24 +-> announced, record 1\n", text);
    }

    [Fact]
    public async Task Bytes_changed_at_random_are_explained_too()
    {
        var mutator = new Mutator();
        ulong seed = 1;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Captures, "cases", "bmp"), "*.bin"))
        {
            byte[] stream = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            for (int run = 0; run < 60; run++)
            {
                mutator.Start(seed++);
                mutator.Append(stream);
                mutator.MutateAnywhere(stream);
                Assert.NotEmpty(await Explain(mutator.Bytes.ToArray()));
            }
        }
    }

    [Fact]
    public async Task Other_services_and_captures_without_bmp_are_refused()
    {
        var run = await ReplayRun.RunAsync("decode", "--explain", "--service", "pesto", ReplayRun.Capture("bird"));
        Assert.Equal((2, "replay: --explain: explains BMP only, not the service pesto"), (run.ExitCode, run.ErrorLines[0]));
        string sflow = Path.Combine(RepositoryFolder.Captures, "sflow", "ovs", "input.pcap.gz");
        Assert.Equal($"replay: {sflow}: there is no BMP stream", (await ReplayRun.RunAsync("decode", "--explain", sflow)).ErrorLines[0]);
    }

    [GeneratedRegex(@"(?<prefix>\S+/\d+) +-> (?<what>announced|withdrawn), record (?<sequence>\d+)")]
    private static partial Regex Fate();

    private static Task<byte[]> Case(string name) => File.ReadAllBytesAsync(
        Path.Combine(RepositoryFolder.Captures, "cases", "bmp", name + ".bin"), TestContext.Current.CancellationToken);

    private async Task<string> Explain(byte[] stream)
    {
        string file = Path.Combine(_folder, "stream.bin");
        await File.WriteAllBytesAsync(file, stream, TestContext.Current.CancellationToken);
        var run = await ReplayRun.RunAsync("decode", "--raw", "--explain", "--curation", file);
        Assert.Equal(0, run.ExitCode);
        return run.Output;
    }

    private static string TypeOf(ExplainedMessage message) => message.Type switch
    {
        "Peer Up Notification" => "PeerUp",
        "Peer Down Notification" => "PeerDown",
        var type => type.Replace(" ", "", StringComparison.Ordinal),
    };

    // The oracle's text is "AFI/SAFI prefix/length", with a path id or labels after it. It lacks parts of a VPN route.
    private static string Plain(string oracle)
    {
        string[] words = oracle.Split(' ');
        return words[0] is "1/128" or "2/128" ? "VPN"
            : words.Length > 3 && words[2] == "path" ? $"path id {words[4]}, {words[1]}"
            : words.Length > 3 ? $"{words[3].Replace(',', ' ')} {words[1]}" : words[1];
    }

    private static IEnumerable<string> Routes(ExplainedMessage message, string name)
    {
        return message.Values(name).Select(Text).Order(StringComparer.Ordinal);

        // A label that is withdrawn means nothing, and the oracle leaves it out.
        string Text(string route)
        {
            if (route.Contains("RD ", StringComparison.Ordinal))
                return "VPN";
            var labelled = Labelled().Match(route);
            if (!labelled.Success)
                return route;
            string prefix = labelled.Groups["prefix"].Value;
            return name == "NLRI" ? $"{labelled.Groups["labels"].Value} {prefix}" : prefix;
        }
    }

    [GeneratedRegex(@"^labels? (?<labels>[\d ]+)(?: \(not bottom\))?, (?<prefix>\S+)$")]
    private static partial Regex Labelled();

    private static IEnumerable<int> AttributeTypes(ExplainedMessage message) =>
        message.Lines.Select(l => Regex.Match(l.Value, @"^flags 0x.*; type (\d+), length")).Where(m => m.Success)
            .Select(m => int.Parse(m.Groups[1].Value)).Distinct().Order();
}
