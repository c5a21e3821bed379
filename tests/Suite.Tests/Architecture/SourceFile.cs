using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Architecture;

/// <summary>Reads one C# file of the repository and the names in its code, without comments and strings.</summary>
internal sealed partial class SourceFile
{
    private SourceFile(string path)
    {
        Path = System.IO.Path.GetRelativePath(RepositoryFolder.Root, path).Replace('\\', '/');
        Text = File.ReadAllText(path);
        Code = Strings().Replace(Comments().Replace(Text, " "), "\"\"");
        // A member of an enum may have the name of a type and does not use it.
        Names = Identifiers().Matches(EnumMembers().Replace(Code, "")).Select(m => m.Value).ToHashSet();
        Types = Declarations().Matches(Code).Select(m => m.Groups["name"].Value).ToHashSet();
    }

    public static IReadOnlyList<SourceFile> All { get; } = [.. new[] { "src", "tests", "benchmarks" }.SelectMany(Under)];

    /// <summary>The path from the repository's root, with slashes.</summary>
    public string Path { get; }

    public string Text { get; }

    public string Code { get; }

    public IReadOnlySet<string> Names { get; }

    /// <summary>The types that the file declares.</summary>
    public IReadOnlySet<string> Types { get; }

    /// <summary>The project, such as Risotto or Shared; only for files under src.</summary>
    public string Project => Path.Split('/')[1];

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>The folder below the project: <c>Decode/Bgp</c>. Empty for a file in the project's root.</summary>
    public string Folder => string.Join('/', Path.Split('/')[2..^1]);

    private static IEnumerable<SourceFile> Under(string folder) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(RepositoryFolder.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Replace('\\', '/').Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path));

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/""", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex(""""" "{3}.*?"{3} | @"(?:""|[^"])*" | "(?:\\.|[^"\\\n])*" """"",
        RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Strings();

    [GeneratedRegex(@"(?<=\benum\s+\w+\s*(:\s*\w+\s*)?\{)[^}]*")]
    private static partial Regex EnumMembers();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Identifiers();

    [GeneratedRegex(@"\b(?:class|struct|enum|interface|record(?:\s+(?:class|struct))?|delegate\s+[\w<>\[\]?.]+)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex Declarations();
}
