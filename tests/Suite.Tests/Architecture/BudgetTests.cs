using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Architecture;

/// <summary>Checks sizes and names that keep the code easy to read.</summary>
public sealed class BudgetTests
{
    private const int MaxLines = 400;

    private const int MaxColumns = 140;

    private static readonly string[] JunkDrawers = ["Common", "Helpers", "Helper", "Utils", "Util", "Utilities", "Managers", "Misc"];

    [Fact]
    public void Files_have_at_most_400_lines() =>
        Assert.Empty(Offenders(f => f.Text.AsSpan().Count('\n') > MaxLines, f => $"{f.Text.AsSpan().Count('\n')} lines"));

    [Fact]
    public void Lines_have_at_most_140_columns() =>
        Assert.Empty(
            from file in SourceFile.All
            from line in file.Text.Split('\n').Index()
            where line.Item.TrimEnd('\r').Length > MaxColumns
            select $"{file.Path}:{line.Index + 1}: {line.Item.Length} columns");

    [Fact]
    public void Only_native_calls_use_unsafe_code()
    {
        Assert.Empty(Offenders(f => f.Names.Contains("unsafe") && !IsNative(f), _ => "unsafe"));
        var allowing = Directory.EnumerateFiles(RepositoryFolder.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(project => !project.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && File.ReadAllText(project).Contains("AllowUnsafeBlocks", StringComparison.Ordinal))
            .Select(Path.GetFileName);
        Assert.Equal(["Benchmarks.csproj", "Pesto.csproj", "Shared.csproj"], allowing.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void There_is_no_region() =>
        Assert.Empty(Offenders(f => Regex.IsMatch(f.Code, @"^\s*#region", RegexOptions.Multiline), _ => "#region"));

    [Fact]
    public void No_file_is_in_the_root_of_Shared() =>
        Assert.Empty(Offenders(
            f => f.IsProduct && f.Project == "Shared" && f.Folder.Length == 0, _ => "belongs in a folder of Records, Delivery or Hosting"));

    [Fact]
    public void Nothing_is_named_after_what_it_is_not()
    {
        Assert.Empty(Offenders(f => f.Path.Split('/')[..^1].Any(JunkDrawers.Contains), _ => "folder"));
        var types = from file in SourceFile.All
                    from type in file.Types
                    where Regex.IsMatch(type, "(Helpers?|Utils?|Utilities|Managers?|Common)$")
                    select $"{file.Path}: {type}";
        Assert.Empty(types);
    }

    [Fact]
    public void Namespaces_are_folders()
    {
        Assert.Empty(Offenders(
            f => Regex.Match(f.Text, @"^namespace ([\w.]+);", RegexOptions.Multiline) is var match
                && (match.Success ? match.Groups[1].Value != NamespaceOf(f) : !f.Path.EndsWith("/Program.cs", StringComparison.Ordinal)),
            f => $"should be in {NamespaceOf(f)}"));
    }

    [Fact]
    public void Everything_is_caught_at_the_edges_only()
    {
        // A session, a socket's loop, a program, and the drain, where the failure of one part must not keep the others from stopping.
        string[] edges =
        [
            "src/Risotto/Listen/BmpSession.cs", "src/Pesto/Listen/ReceiveLoop.cs",
            "src/Shared/Hosting/Service/ServiceProgram.cs", "src/Shared/Hosting/Service/ServiceHost.cs",
        ];
        Assert.Empty(Offenders(
            f => f.IsProduct && !edges.Contains(f.Path) && Regex.IsMatch(f.Code, @"catch(\s*\(Exception(\s+\w+)?\))?\s*\{"),
            _ => "catches everything"));
    }

    [Fact]
    public void Tests_do_not_sleep() =>
        Assert.Empty(Offenders(
            f => f.Path.StartsWith("tests/", StringComparison.Ordinal) && f.Code.Contains("Thread.Sleep(", StringComparison.Ordinal),
            _ => "sleeps"));

    private static bool IsNative(SourceFile file) =>
        file.Path.StartsWith("src/Shared/Delivery/Kafka/", StringComparison.Ordinal)
            || file.Path.StartsWith("src/Shared/Records/Native/", StringComparison.Ordinal)
            || file.Path.StartsWith("src/Pesto/Listen/", StringComparison.Ordinal);

    private static string NamespaceOf(SourceFile file)
    {
        var folders = file.Path.Split('/')[..^1];
        return string.Join('.', (folders[0] == "benchmarks" ? folders : folders[1..]).Select(f => char.ToUpperInvariant(f[0]) + f[1..]));
    }

    private static IEnumerable<string> Offenders(Func<SourceFile, bool> offends, Func<SourceFile, string> how) =>
        SourceFile.All.Where(offends).Select(file => $"{file.Path}: {how(file)}");
}
