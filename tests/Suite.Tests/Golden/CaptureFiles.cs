using Suite.Tests.Records;

namespace Suite.Tests.Golden;

/// <summary>Finds the BMP captures that have an oracle, in the repository and in the folder that CAPTURES_DIR names.</summary>
internal static class CaptureFiles
{
    private static readonly string? More = Environment.GetEnvironmentVariable("CAPTURES_DIR");

    /// <summary>The names of captures, which are the same on every machine.</summary>
    public static IEnumerable<string> Bmp { get; } =
        [.. Named("repository", Path.Combine(RepositoryFolder.Captures, "bmp")), .. Further("ours"), .. Further("public")];

    public static string PathOf(string name) =>
        name.StartsWith("repository/", StringComparison.Ordinal)
            ? Path.Combine(RepositoryFolder.Captures, "bmp", name["repository/".Length..])
            : Path.Combine(More!, name);

    private static IEnumerable<string> Further(string folder) =>
        More is null || !Directory.Exists(Path.Combine(More, folder)) ? [] : Named(folder, Path.Combine(More, folder));

    private static IEnumerable<string> Named(string name, string folder) =>
        Directory.EnumerateFiles(folder, "*.pcap*", SearchOption.AllDirectories)
            .Where(file => OracleCapture.Find(file) is not null)
            .Select(file => $"{name}/{Path.GetRelativePath(folder, file)}")
            .Order(StringComparer.Ordinal);
}
