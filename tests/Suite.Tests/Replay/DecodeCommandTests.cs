using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using Captures.Pcap;
using Suite.Tests.Golden;

namespace Suite.Tests.Replay;

public sealed class DecodeCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("replay-decode-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The counts of tshark and of an independent decoder for these captures: BMP messages, announced and withdrawn prefixes.
    [Theory]
    [InlineData("gobgp", 1437, 532, 500, 198, 187)]
    [InlineData("frr", 2705, 666, 541, 354, 333)]
    [InlineData("bird", 897, 400, 384, 32, 32)]
    public async Task A_capture_gives_a_record_for_each_prefix_in_order(string name, int messages, int v4, int v6, int withdrawnV4,
        int withdrawnV6)
    {
        var run = await ReplayRun.RunAsync("decode", ReplayRun.Capture(name));
        Assert.Equal(0, run.ExitCode);
        int Count(int afi, bool announced) =>
            run.Records.Count(r => Number(r, "afi") == (ulong)afi && r.GetProperty("announced").GetBoolean() == announced);
        Assert.Equal((v4, v6, withdrawnV4, withdrawnV6), (Count(1, true), Count(2, true), Count(1, false), Count(2, false)));
        Assert.Equal(messages, run.Summary.GetProperty("messages").GetInt32());
        Assert.Equal(run.Records.Count, run.Summary.GetProperty("records").GetInt32());
        Assert.Equal(["messages", "records", "skipped", "errors"], run.Summary.EnumerateObject().Select(p => p.Name));

        // Messages that waited for the ADD-PATH decision of their peer come later than they were received. FRR's never wait.
        var times = run.Records.Select(r => Number(r, "timeReceivedNs")).ToList();
        if (name == "frr")
            Assert.Equal(times.Order(), times);
        foreach (var router in run.Records.GroupBy(r => r.GetProperty("routerAddr").GetString()))
            Assert.Equal(Enumerable.Range(1, router.Count()).Select(i => (ulong)i), router.Select(r => Number(r, "sequence")));
    }

    [Fact]
    public async Task Gzip_and_several_files_are_read()
    {
        string zipped = Path.Combine(_folder, "capture.gz");
        await using (var gzip = new GZipStream(File.Create(zipped), CompressionLevel.Fastest))
            await gzip.WriteAsync(await File.ReadAllBytesAsync(ReplayRun.Capture("bird"), TestContext.Current.CancellationToken),
                TestContext.Current.CancellationToken);
        var plain = await ReplayRun.RunAsync("decode", ReplayRun.Capture("bird"));
        Assert.Equal(plain.Output, (await ReplayRun.RunAsync("decode", zipped)).Output);
        var twice = await ReplayRun.RunAsync("decode", zipped, ReplayRun.Capture("bird"));
        Assert.Equal(2 * plain.Records.Count, twice.Records.Count);
    }

    [Fact]
    public async Task A_raw_stream_gives_the_same_routes_without_router_and_time()
    {
        string raw = Path.Combine(_folder, "stream.bin");
        var streams = Streams(ReplayRun.Capture("bird"));
        await File.WriteAllBytesAsync(raw, streams[0].Bytes, TestContext.Current.CancellationToken);
        var run = await ReplayRun.RunAsync("decode", "--raw", raw);
        var captured = (await ReplayRun.RunAsync("decode", ReplayRun.Capture("bird"))).Records
            .Where(r => r.GetProperty("routerAddr").GetString() == streams[0].Router)
            .ToList();
        Assert.Equal(captured.Select(Route), run.Records.Select(Route));
        Assert.All(run.Records, r =>
            Assert.Equal(("::", 0ul, 0ul),
            (r.GetProperty("routerAddr").GetString(), Number(r, "routerPort"), Number(r, "timeReceivedNs"))));
    }

    [Fact]
    public async Task Service_flags_change_the_output()
    {
        string gobgp = ReplayRun.Capture("gobgp");
        var all = await ReplayRun.RunAsync("decode", gobgp, "--peers-enable", "--stats-enable", "--malformed-enable", "--collector-id",
            "lab");
        Assert.Equal("lab", all.Records[0].GetProperty("collectorId").GetString());
        Assert.Equal([4, 2], all.Records.Take(2).Select(r => r.GetProperty("kind").GetInt32()));
        var kinds = all.Records.Where(r => r.TryGetProperty("kind", out _)).Select(r => r.GetProperty("kind").GetInt32()).Order()
            .CountBy(k => k);
        Assert.Equal([new(0, 8), new(1, 6), new(2, 2), new(4, 2), new(5, 2)], kinds);
        Assert.Contains(all.Records, r => r.TryGetProperty("statType", out _));

        var without = await ReplayRun.RunAsync("decode", gobgp, "--ignore-loc-rib", "--service", "risotto");
        var routes = all.Records.Where(r => r.TryGetProperty("prefixAddr", out _)).ToList();
        Assert.Contains(routes, r => Number(r, "peerType") == 3);
        Assert.Equal(routes.Where(r => Number(r, "peerType") != 3).Select(Route), without.Records.Select(Route));
        Assert.InRange(without.Summary.GetProperty("skipped").GetProperty("loc_rib_ignored").GetInt32(), 1, 1000);
    }

    [Fact]
    public async Task A_capture_cut_anywhere_gives_what_is_whole_and_names_the_byte()
    {
        byte[] capture = await File.ReadAllBytesAsync(ReplayRun.Capture("bird"), TestContext.Current.CancellationToken);
        int[] cuts = [0, 1, 3, 4, 23, .. Enumerable.Range(25, 300), 1000, 10_000, 100_000, capture.Length - 1];
        string path = Path.Combine(_folder, "cut.pcap");
        foreach (int cut in cuts)
        {
            await File.WriteAllBytesAsync(path, capture[..cut], TestContext.Current.CancellationToken);
            var run = await ReplayRun.RunAsync("decode", path);
            Assert.Equal(1, run.Summary.GetProperty("errors").TryGetProperty("file_unreadable", out var count)
                ? count.GetInt32() : 1 - run.ExitCode);
            Assert.True(run.ExitCode == 2
                ? run.ErrorLines.Count == 2 && run.ErrorLines[0].Contains(" at byte ", StringComparison.Ordinal)
                : run.ErrorLines.Count == 1);
        }
        Assert.Equal(2, (await ReplayRun.RunAsync("decode", path)).ExitCode);
    }

    [Fact]
    public async Task After_a_lost_packet_the_stream_continues_at_the_next_message()
    {
        var whole = await ReplayRun.RunAsync("decode", ReplayRun.Capture("bird"));
        string path = Path.Combine(_folder, "lossy.pcap");
        await File.WriteAllBytesAsync(path, WithoutDataPackets(ReplayRun.Capture("bird"), 60, 61), TestContext.Current.CancellationToken);
        var lossy = await ReplayRun.RunAsync("decode", path);
        Assert.Equal(0, lossy.ExitCode);
        Assert.InRange(lossy.Summary.GetProperty("skipped").GetProperty("tcp_gap").GetInt32(), 1, 2);
        Assert.InRange(lossy.Records.Count, whole.Records.Count / 2, whole.Records.Count - 1);
        var known = whole.Records.Select(Route).ToHashSet();
        Assert.All(lossy.Records, r => Assert.Contains(Route(r), known));
    }

    [Theory]
    [InlineData("there is no such file", "nowhere.pcap")]
    [InlineData("is a directory", "/")]
    [InlineData("there is no flag --nonsense", "x", "--nonsense")]
    [InlineData("--caracal-id 70000: must be between 0 and 65535", "x", "--caracal-id", "70000")]
    [InlineData("--service bmp: there are risotto, pesto and gateway", "x", "--service", "bmp")]
    [InlineData("--curation-mode both: there are attributes and presence", "x", "--curation-mode", "both")]
    [InlineData("--bmp-max-message-bytes 7", "x", "--bmp-max-message-bytes", "7")]
    [InlineData("see replay decode --help", "x", "--bmp-max-message-bytes", "many")]
    [InlineData("see replay decode --help")]
    public async Task A_wrong_argument_gives_one_clear_line_and_exit_code_2(string message, params string[] args)
    {
        var run = await ReplayRun.RunAsync(["decode", .. args]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("replay: ", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains(message, run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_capture_is_named_with_its_byte_and_the_flag_that_may_help()
    {
        string path = Path.Combine(_folder, "stream.bin");
        await File.WriteAllBytesAsync(path, [3, 0, 0, 0, 6, 4], TestContext.Current.CancellationToken);
        var run = await ReplayRun.RunAsync("decode", path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("neither pcap nor pcapng (magic number 0x03000000) at byte 0; a bare BMP byte stream is read with --raw",
            run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Equal("""{"messages":0,"records":0,"skipped":{},"errors":{"file_unreadable":1}}""", run.ErrorLines[1]);
    }

    [Fact]
    public async Task A_stream_that_loses_its_framing_ends_with_one_line_and_a_counter()
    {
        string path = Path.Combine(_folder, "stream.bin");
        byte[] sound = [3, 0, 0, 0, 6, 4];
        await File.WriteAllBytesAsync(path, [.. sound, 3, 0, 0, 0, 5, 4, .. sound], TestContext.Current.CancellationToken);
        var run = await ReplayRun.RunAsync("decode", "--raw", path);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("bmp_length_too_short", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Equal("""{"messages":1,"records":0,"skipped":{},"errors":{"bmp_length_too_short":1}}""", run.ErrorLines[1]);
    }

    [Fact]
    public async Task Sflow_is_recognised_and_its_faults_are_reported()
    {
        byte[] sflow = [0, 0, 0, 5, 0, 0, 0, 1, 192, 0, 2, 1];
        byte[] udp = [0x80, 0, 0x18, 0xC7, 0, (byte)(8 + sflow.Length), 0, 0, .. sflow];
        byte[] ip = [0x45, 0, 0, (byte)(20 + udp.Length), 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, .. udp];
        string path = Path.Combine(_folder, "sflow.pcap");
        await File.WriteAllBytesAsync(path,
            [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, .. new byte[8], 0, 0, 4, 0, 101, 0, 0, 0, .. new byte[8], (byte)ip.Length, 0, 0, 0,
            (byte)ip.Length, 0, 0, 0, .. ip],
            TestContext.Current.CancellationToken);
        var run = await ReplayRun.RunAsync("decode", path);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(1, run.Summary.GetProperty("errors").GetProperty("header_truncated").GetInt32());
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        Assert.Contains("replay decode router.pcap", (await ReplayRun.RunAsync("decode", "--help")).Output, StringComparison.Ordinal);
        Assert.Contains("--to localhost:4000", (await ReplayRun.RunAsync("send", "--help")).Output, StringComparison.Ordinal);
    }

    internal static List<(string Router, byte[] Bytes)> Streams(string path)
    {
        using var reader = PcapReader.Open(path);
        var streams = new SortedDictionary<int, (string Router, List<byte> Bytes)>();
        foreach (var chunk in CapturedStreams.Read(reader).Where(c => c.Flow.DestinationPort == 11019))
        {
            streams.TryAdd(chunk.Flow.Index, (chunk.Flow.Source.ToString(), []));
            streams[chunk.Flow.Index].Bytes.AddRange(chunk.Data.Span);
        }
        return [.. streams.Values.Select(s => (s.Router, s.Bytes.ToArray()))];
    }

    /// <summary>Removes the packets that bring the n-th pieces of data to the station from the capture.</summary>
    private static byte[] WithoutDataPackets(string path, params int[] lost)
    {
        byte[] file = File.ReadAllBytes(path);
        var kept = new List<byte>(file[..24]);
        int data = 0;
        for (int at = 24; at < file.Length;)
        {
            int length = 16 + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            bool isData = length > 16 + 14 + 40 + 60;
            if (!isData || !lost.Contains(data++))
                kept.AddRange(file.AsSpan(at, length));
            at += length;
        }
        return [.. kept];
    }

    private static ulong Number(JsonElement record, string field) => record.GetProperty(field).GetUInt64();

    // A record without the fields that differ between runs of the same stream.
    private static string Route(JsonElement record) => string.Join(',', record.EnumerateObject()
        .Where(p => p.Name is not ("timeReceivedNs" or "routerAddr" or "routerPort" or "sequence" or "collectorId"))
        .Select(p => p.Value.GetRawText()));
}
