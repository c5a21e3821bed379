using System.Security.Cryptography;
using Shared.PcapReplay;
using Xunit;

namespace Shared.Tests.PcapReplay;

/// <summary>Real captures against the streams that another implementation reassembled from them.</summary>
public sealed class CaptureFileTests
{
    private static readonly string _bundled = Path.Combine(RepositoryRoot(), "tests", "Captures", "bmp");

    public static IEnumerable<TheoryDataRow<string>> Bundled =>
        Directory.GetFiles(_bundled, "streams.sha256", SearchOption.AllDirectories)
            .Select(f => new TheoryDataRow<string>(Path.GetFileName(Path.GetDirectoryName(f))!));

    [Theory]
    [MemberData(nameof(Bundled))]
    public void A_bundled_capture_gives_the_streams_that_tshark_found(string name)
    {
        string folder = Path.Combine(_bundled, name);
        var expected = File.ReadLines(Path.Combine(folder, "streams.sha256")).Select(l => l.Split(' ')[0]);
        Assert.Equal(expected, StreamsToStation(Directory.GetFiles(folder, "input.pcap*").Single()).Select(s => Convert.ToHexStringLower(SHA256.HashData(s))));
    }

    [Fact]
    public void Every_further_capture_gives_the_streams_that_tshark_found()
    {
        string? captures = Environment.GetEnvironmentVariable("CAPTURES_DIR");
        Assert.SkipUnless(Directory.Exists(captures), "CAPTURES_DIR is not set: only the bundled captures are read");
        var cases = Directory.GetFiles(Path.Combine(captures!, "streams"), "*.bin")
            .GroupBy(f => Path.GetFileName(f).Split(".stream")[0])
            .ToList();
        Assert.NotEmpty(cases);
        foreach (var streams in cases)
        {
            string folder = streams.Key.StartsWith("own-", StringComparison.Ordinal) ? "ours" : "public";
            string name = streams.Key.StartsWith("own-", StringComparison.Ordinal) ? streams.Key[4..] : streams.Key;
            string capture = Directory.GetFiles(Path.Combine(captures!, folder), name + ".pcap*").Single();
            var expected = streams.OrderBy(f => int.Parse(f.Split(".stream")[1][..^4])).Select(File.ReadAllBytes).ToList();
            var found = StreamsToStation(capture);
            Assert.True(expected.Count == found.Count, $"{capture}: {expected.Count} streams expected, {found.Count} found");
            for (int i = 0; i < expected.Count; i++)
                Assert.True(expected[i].AsSpan().SequenceEqual(found[i]), $"{capture}: stream {i} differs ({expected[i].Length} and {found[i].Length} octets)");
        }
    }

    [Theory]
    [MemberData(nameof(Bundled))]
    public void A_capture_with_changed_octets_never_throws(string name)
    {
        byte[] capture = File.ReadAllBytes(Directory.GetFiles(Path.Combine(_bundled, name), "input.pcap*").Single());
        var random = new Random(11);
        for (int round = 0; round < 100; round++)
        {
            byte[] changed = [.. capture];
            for (int i = random.Next(1, 2000); i > 0; i--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            using var reader = new PcapReader(new MemoryStream(changed));
            long octets = TcpStreams.ReadAll(reader).Sum(c => (long)c.Data.Length);
            Assert.InRange(octets, 0, capture.Length);
        }
    }

    private static List<byte[]> StreamsToStation(string path)
    {
        using var reader = PcapReader.Open(path);
        var streams = new SortedDictionary<int, List<byte>>();
        foreach (var chunk in TcpStreams.ReadAll(reader))
        {
            if (chunk.Flow.DestinationPort is not (1790 or 10179 or 11019))
                continue;
            Assert.Equal(0, chunk.Gap);
            if (!streams.TryGetValue(chunk.Flow.Index, out var stream))
                streams[chunk.Flow.Index] = stream = [];
            stream.AddRange(chunk.Data.Span);
        }
        Assert.Null(reader.Error);
        return [.. streams.Values.Select(s => s.ToArray())];
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Collectors.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
