using Suite.Tests.Records;

namespace Suite.Tests.Faithful;

/// <summary>
/// The tests of this folder that the collector does not pass yet: known-faults.txt, a name, a tab and the cause in each line. A test that
/// is listed and passes fails, so that the list only gets shorter. It is to be empty.
/// </summary>
internal static class KnownFaults
{
    private const int ShownDifferences = 40;

    private static readonly Dictionary<string, string> Causes = File
        .ReadLines(Path.Combine(RepositoryFolder.Root, "tests", "Suite.Tests", "Faithful", "known-faults.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('\t', 2)).ToDictionary(line => line[0], line => line[1]);

    public static IEnumerable<string> Names => Causes.Keys;

    public static bool IsListed(string name) => Causes.ContainsKey(name);

    /// <param name="name">Of the test.</param>
    /// <param name="differences">Between what is and what must be; empty: the test passes.</param>
    public static void Check(string name, IReadOnlyList<string> differences)
    {
        // Someone who works on a fault wants to see what is left of it.
        string shown = string.Join('\n', differences.Take(ShownDifferences));
        bool isShown = Environment.GetEnvironmentVariable("FAITHFUL_SHOW") == "1";
        if (IsListed(name) && !isShown)
            Assert.True(differences.Count > 0, $"{name} passes: take it off known-faults.txt");
        else
            Assert.True(differences.Count == 0, $"{name}: {differences.Count} differences, the first:\n{shown}");
    }
}
