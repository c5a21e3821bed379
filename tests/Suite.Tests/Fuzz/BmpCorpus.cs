using Captures.Pcap;
using Captures.Reassembly;
using Replay;
using Suite.Tests.Records;

namespace Suite.Tests.Fuzz;

/// <summary>The BMP streams of the captures in the repository, and of those in the folder that CAPTURES_DIR names.</summary>
internal sealed class BmpCorpus
{
    // The rest of longer streams shows nothing more.
    private const int MaxStreamBytes = 1 << 20;

    private BmpCorpus(IEnumerable<byte[]> streams) => Streams = [.. streams.Select(bytes => new BmpStream(bytes))];

    public static BmpCorpus Captured { get; } = new(ReadStreams());

    public IReadOnlyList<BmpStream> Streams { get; }

    /// <summary>The capture files, those of the repository first.</summary>
    public static IEnumerable<string> Files
    {
        get
        {
            string? further = Environment.GetEnvironmentVariable("CAPTURES_DIR");
            return new[] { Path.Combine(RepositoryFolder.Root, "tests", "Captures", "bmp"), further }
                .Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFiles(folder!, "*.pcap*", SearchOption.AllDirectories)
                    .Order(StringComparer.Ordinal));
        }
    }

    /// <summary>
    /// Takes a few consecutive messages of one stream and mutates them. Half the time the Peer Up that they need comes first.
    /// </summary>
    public void Compose(Mutator mutator)
    {
        ref var random = ref mutator.Random;
        var stream = Any(ref random);
        int first = random.Below(stream.Messages.Count);
        if (stream.PeerUpOf(first) is { } peerUp && random.OneIn(2))
            mutator.Append(stream.Message(peerUp));
        int count = Math.Min(1 + random.Below(6), stream.Messages.Count - first);
        for (int i = 0; i < count; i++)
            mutator.Append(stream.Message(first + i));
        var edits = new BmpMutation(mutator);
        for (int left = 1 + random.Below(4); left > 0 && mutator.Length > BmpStream.HeaderLength; left--)
        {
            var donor = Any(ref random);
            edits.Edit(donor.Message(random.Below(donor.Messages.Count)));
        }
        if (random.OneIn(16))
            mutator.Truncate(random.Below(mutator.Length + 1));
    }

    private BmpStream Any(ref SeededRandom random) => Streams[random.Below(Streams.Count)];

    private static IEnumerable<byte[]> ReadStreams()
    {
        foreach (string file in Files)
        {
            var streams = new Dictionary<TcpFlow, List<byte>>();
            using var reader = PcapReader.Open(file);
            foreach (var chunk in new CaptureTraffic(reader).Read())
            {
                if (!streams.TryGetValue(chunk.Flow, out var bytes))
                    streams.Add(chunk.Flow, bytes = []);
                if (bytes.Count < MaxStreamBytes)
                    bytes.AddRange(chunk.Data.Span);
            }
            foreach (var bytes in streams.Values)
            {
                if (BmpStream.LengthAt([.. bytes], 0) > 0)
                    yield return [.. bytes];
            }
        }
    }
}
