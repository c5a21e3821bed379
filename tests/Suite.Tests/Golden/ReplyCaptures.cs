using System.IO.Compression;
using System.Text.Json;
using SaimirisGateway.Replies.Pipeline;
using Shared.Records;
using Shared.Records.Batch;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>Finds the captures of ICMP replies that have an oracle, in the repository and in the folder that CAPTURES_DIR names.</summary>
internal static class ReplyCaptures
{
    private static readonly string? More = Environment.GetEnvironmentVariable("CAPTURES_DIR");

    public static IEnumerable<string> Names { get; } = [.. InRepository(), .. Further("ours"), .. Further("public")];

    /// <summary>
    /// Returns the replies that the oracle <paramref name="reader"/> reads (<c>expected</c> for tshark, <c>caracal</c>); null if it has not
    /// read the capture.
    /// </summary>
    public static IReadOnlyList<JsonElement>? Oracle(string name, string reader)
    {
        string file = PathOf(name);
        string path = Path.Combine(Path.GetDirectoryName(file)!, reader + ".json.gz");
        if (!File.Exists(path))
            path = file[..^".pcap".Length] + $".{reader}.json";
        if (!File.Exists(path))
            return null;
        using var stream = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var json = JsonDocument.Parse(plain);
        var list = json.RootElement;
        if (list.ValueKind == JsonValueKind.Object)
        {
            if (list.GetProperty("kind").GetString() != "icmp")
                return null;
            list = list.GetProperty("replies");
        }
        return [.. list.EnumerateArray().Select(e => e.Clone())];
    }

    /// <summary>Returns the records of a capture as a request body, framed by the gateway's own pcap reader.</summary>
    public static (byte[] Value, ReplyCounters Counters) Decode(string name, ushort? caracalId, string agentId)
    {
        var sink = new MemorySink();
        var output = new TopicWriter("replies", new BatchOptions { MaxRecordBytes = ReplyPipeline.MaxOutputBytes }, sink,
            TimeProvider.System);
        var counters = new ReplyCounters();
        var pipeline = new ReplyPipeline(
            new AgentState(agentId), new CollectorIdentity("golden", 7),
            new ReplyOptions { Format = ReplyFormat.Pcap, CaracalId = caracalId }, output, counters);
        ReadOnlySpan<byte> body = File.ReadAllBytes(PathOf(name));
        ReplyStep step;
        int consumed;
        while ((step = pipeline.Process(body, 5, out consumed)) == ReplyStep.NeedsSpace)
            body = body[consumed..];
        if (step != ReplyStep.NeedsInput || pipeline.EndOfBody(body.Length - consumed) != ReplyStep.NeedsInput)
            throw new InvalidDataException($"{name}: {pipeline.Error}");
        output.CloseDue(always: true);
        return ([.. sink.Batches.SelectMany(b => b.Value.ToArray())], counters);
    }

    public static string PathOf(string name) =>
        name.StartsWith("repository/", StringComparison.Ordinal)
            ? Path.Combine(RepositoryFolder.Captures, "replies", name["repository/".Length..])
            : Path.Combine(More!, name);

    private static IEnumerable<string> InRepository() =>
        Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Captures, "replies"), "*.pcap", SearchOption.AllDirectories)
            .Select(file => "repository/" + Path.GetRelativePath(Path.Combine(RepositoryFolder.Captures, "replies"), file))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Further(string folder) =>
        More is null || !Directory.Exists(Path.Combine(More, folder)) ? [] :
            Directory.EnumerateFiles(Path.Combine(More, folder), "*.pcap")
                .Select(file => $"{folder}/{Path.GetFileName(file)}")
                .Where(name => Oracle(name, "expected") is not null)
                .Order(StringComparer.Ordinal);
}
