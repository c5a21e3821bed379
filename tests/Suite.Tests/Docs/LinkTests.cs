using System.Text.RegularExpressions;
using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace Suite.Tests.Docs;

/// <summary>Follows the links of all Markdown files to files of the repository and to headings in them.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_to_a_file_and_a_heading(string path)
    {
        var page = MarkdownPage.Read(path);
        var broken = page.Links.Where(link => !IsElsewhere(link)).Where(link => !Leads(page.File, link));
        Assert.Empty(broken);
    }

    [Fact]
    public void Every_page_of_the_documentation_is_in_its_index()
    {
        var index = MarkdownPage.Read("docs/README.md");
        var listed = index.Links.Where(link => !IsElsewhere(link)).Select(link => Target(index.File, link).File);
        var pages = from path in MarkdownPage.All
                    where path.StartsWith("docs/", StringComparison.Ordinal)
                    select Path.Combine(RepositoryFolder.Root, path);
        Assert.Empty(pages.Except(listed).Except([index.File]));
    }

    [Fact]
    public void Pages_that_code_and_configuration_name_are_there()
    {
        var files = SourceFile.All.Select(file => (file.Path, file.Text)).Concat(Configuration());
        var broken = from file in files
                     from Match match in PageName().Matches(file.Text)
                     where !Leads(Path.Combine(RepositoryFolder.Root, "x"), match.Value)
                     select $"{file.Path}: {match.Value}";
        Assert.Empty(broken);
    }

    [Fact]
    public void The_README_has_at_most_100_lines() =>
        Assert.InRange(File.ReadAllLines(Path.Combine(RepositoryFolder.Root, "README.md")).Length, 1, 100);

    private static IEnumerable<(string Path, string Text)> Configuration() =>
        from folder in (string[])["docker", "clickhouse-tables", "schemas"]
        from file in Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Root, folder), "*", SearchOption.AllDirectories)
        select (file, File.ReadAllText(file));

    private static bool IsElsewhere(string link) =>
        link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal);

    private static bool Leads(string from, string link)
    {
        var (file, anchor) = Target(from, link);
        if (!Path.Exists(file))
            return false;
        return anchor.Length == 0 || (file.EndsWith(".md", StringComparison.Ordinal) && MarkdownPage.Read(file).Anchors.Contains(anchor));
    }

    private static (string File, string Anchor) Target(string from, string link)
    {
        string[] parts = link.Split('#', 2);
        string file = parts[0].Length == 0 ? from : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(from)!, parts[0]));
        return (file, parts.Length > 1 ? parts[1] : "");
    }

    [GeneratedRegex(@"\bdocs/[\w/-]+\.md(#[\w-]+)?")]
    private static partial Regex PageName();
}
