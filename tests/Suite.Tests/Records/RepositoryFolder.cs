namespace Suite.Tests.Records;

/// <summary>Finds the repository from which the tests were built.</summary>
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
