namespace Suite.Tests.Records;

/// <summary>Where the sources lie that the tests were built from.</summary>
internal static class RepositoryFolder
{
    public static string Root { get; } = Find();

    public static string Schema(string name) => Path.Combine(Root, "schemas", name + ".capnp");

    public static string Captures => Path.Combine(Root, "tests", "Captures");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Collectors.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Collectors.sln.");
    }
}
