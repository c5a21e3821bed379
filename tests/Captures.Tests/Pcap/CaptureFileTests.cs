using System.Security.Cryptography;
using Captures.Pcap;
using Suite.Tests.Golden;
using Suite.Tests.Records;

namespace Captures.Tests.Pcap;

/// <summary>Compares the streams of real captures with those that another implementation reassembled.</summary>
public sealed class CaptureFileTests
{
    private static readonly string _bundled = Path.Combine(RepositoryFolder.Captures, "bmp");
    private static readonly string? _more = Environment.GetEnvironmentVariable("CAPTURES_DIR");

    public static IEnumerable<TheoryDataRow<string>> Bundled =>
        Directory.GetFiles(_bundled, "streams.sha256", SearchOption.AllDirectories)
            .Select(f => new TheoryDataRow<string>(Path.GetFileName(Path.GetDirectoryName(f))!));

    /// <summary>The bundled captures, and those in the folder that CAPTURES_DIR names.</summary>
    public static IEnumerable<TheoryDataRow<string>> All =>
        Bundled.Concat((_more is null ? [] : Directory.GetFiles(Path.Combine(_more, "streams"), "*.bin"))
            .Select(f => Path.GetFileName(f).Split(".stream")[0]).Distinct().Select(name => new TheoryDataRow<string>("further/" + name)));

    [Theory]
    [MemberData(nameof(All))]
    public void A_capture_gives_the_streams_that_tshark_found(string name)
    {
        var (capture, expected) = name.StartsWith("further/", StringComparison.Ordinal)
            ? Further(name["further/".Length..]) : ReadBundled(name);
        Assert.Equal(expected, StreamsToStation(capture).Select(Hash));
    }

    [Theory]
    [MemberData(nameof(Bundled))]
    public void A_capture_with_changed_bytes_never_throws(string name)
    {
        byte[] capture = File.ReadAllBytes(Directory.GetFiles(Path.Combine(_bundled, name), "input.pcap*").Single());
        var random = new Random(11);
        for (int round = 0; round < 100; round++)
        {
            byte[] changed = [.. capture];
            for (int i = random.Next(1, 2000); i > 0; i--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            using var reader = new PcapReader(new MemoryStream(changed));
            long bytes = CapturedStreams.Read(reader).Sum(c => (long)c.Data.Length);
            Assert.InRange(bytes, 0, capture.Length);
        }
    }

    private static (string Capture, IEnumerable<string> Streams) ReadBundled(string name)
    {
        string folder = Path.Combine(_bundled, name);
        return (Directory.GetFiles(folder, "input.pcap*").Single(), File.ReadLines(Path.Combine(folder, "streams.sha256"))
            .Select(l => l.Split(' ')[0]));
    }

    private static (string Capture, IEnumerable<string> Streams) Further(string name)
    {
        var streams = Directory.GetFiles(Path.Combine(_more!, "streams"), name + ".stream*.bin")
            .OrderBy(f => int.Parse(f.Split(".stream")[1][..^4])).Select(f => Hash(File.ReadAllBytes(f)));
        return name.StartsWith("own-", StringComparison.Ordinal)
            ? (Directory.GetFiles(Path.Combine(_more!, "ours"), name["own-".Length..] + ".pcap*").Single(), streams)
            : (Directory.GetFiles(Path.Combine(_more!, "public"), name + ".pcap*").Single(), streams);
    }

    private static string Hash(byte[] stream) => Convert.ToHexStringLower(SHA256.HashData(stream));

    private static List<byte[]> StreamsToStation(string path)
    {
        using var reader = PcapReader.Open(path);
        var streams = new SortedDictionary<int, List<byte>>();
        foreach (var chunk in CapturedStreams.Read(reader))
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
}
