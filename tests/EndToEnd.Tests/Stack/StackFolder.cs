using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Finds docker/ of the repository.</summary>
internal static class StackFolder
{
    public static string Path { get; } = System.IO.Path.Combine(RepositoryFolder.Root, "docker");

    public static string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);
}
