namespace Suite.Tests.Records;

/// <summary>Finds the programs of other projects that a test runs.</summary>
internal static class Programs
{
    /// <summary>Skips the test if one of them is not installed.</summary>
    public static void Need(params string[] programs)
    {
        foreach (string program in programs)
        {
            if (Find(program) is null)
                Assert.Skip($"{program} is not installed (./test.sh installs it)");
        }
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
