using System.IO.Compression;
using System.Text.Json;
using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>Finds the sFlow captures that have an oracle, in the repository and in the folder that CAPTURES_DIR names.</summary>
internal static class FlowCaptures
{
    private static readonly string? More = Environment.GetEnvironmentVariable("CAPTURES_DIR");

    public static IEnumerable<string> Names { get; } = [.. InRepository(), .. Further("ours"), .. Further("public")];

    public static string PathOf(string name) =>
        name.StartsWith("repository/", StringComparison.Ordinal)
            ? Path.Combine(RepositoryFolder.Captures, "sflow", name["repository/".Length..], "input.pcap.gz")
            : Path.Combine(More!, name);

    /// <summary>Reads tshark's reading; null if tshark has not read the capture as sFlow.</summary>
    public static JsonElement? Oracle(string name)
    {
        string file = PathOf(name);
        string[] candidates =
        [
            Path.Combine(Path.GetDirectoryName(file)!, "expected.json.gz"), Path.ChangeExtension(file, ".expected.json.gz"),
            Path.ChangeExtension(file, ".expected.json"),
        ];
        if (candidates.FirstOrDefault(File.Exists) is not { } oracle)
            return null;
        using var stream = File.OpenRead(oracle);
        using Stream plain = oracle.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var json = JsonDocument.Parse(plain);
        return json.RootElement.GetProperty("kind").GetString() == "sflow" ? json.RootElement.Clone() : null;
    }

    private static IEnumerable<string> InRepository() =>
        Directory.EnumerateDirectories(Path.Combine(RepositoryFolder.Captures, "sflow"))
            .Select(folder => "repository/" + Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Further(string folder) =>
        More is null || !Directory.Exists(Path.Combine(More, folder)) ? [] :
            Directory.EnumerateFiles(Path.Combine(More, folder), "*sflow*.pcap")
                .Select(file => $"{folder}/{Path.GetFileName(file)}")
                .Where(name => Oracle(name) is not null)
                .Order(StringComparer.Ordinal);
}
