using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Suite.Tests.Records;

namespace Suite.Tests.Docs;

/// <summary>A row of a table: the heading above the table, and the text of each cell without its marks.</summary>
internal sealed record TableRow(string Heading, IReadOnlyList<string> Cells);

/// <summary>A Markdown file of the repository.</summary>
internal sealed class MarkdownPage
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    private static readonly string[] NotOurs = ["bin", "obj", "node_modules", "TestResults", "out"];

    private readonly MarkdownDocument _document;

    private MarkdownPage(string file)
    {
        File = file;
        _document = Markdown.Parse(System.IO.File.ReadAllText(file), Pipeline);
    }

    /// <summary>Every Markdown file that belongs to the repository, as paths from its root.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Find(new DirectoryInfo(RepositoryFolder.Root)).Order(StringComparer.Ordinal)];

    public string File { get; }

    /// <summary>The anchors of the headings, as GitHub makes them.</summary>
    public IEnumerable<string> Anchors => _document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id!);

    /// <summary>The targets of links and images.</summary>
    public IEnumerable<string> Links => _document.Descendants<LinkInline>().Select(link => link.Url!);

    /// <summary>The rows of all tables without their header rows.</summary>
    public IEnumerable<TableRow> Rows
    {
        get
        {
            string heading = "";
            foreach (var block in _document)
            {
                if (block is HeadingBlock title)
                    heading = Text(title.Inline!);
                foreach (var row in (block as Table)?.OfType<Markdig.Extensions.Tables.TableRow>().Where(r => !r.IsHeader) ?? [])
                    yield return new TableRow(heading, [.. row.OfType<TableCell>().Select(CellText)]);
            }
        }
    }

    /// <param name="path">The path from the repository's root.</param>
    public static MarkdownPage Read(string path) => new(Path.Combine(RepositoryFolder.Root, path));

    private static string CellText(TableCell cell) => string.Concat(cell.OfType<ParagraphBlock>().Select(p => Text(p.Inline!)));

    private static string Text(ContainerInline container) => string.Concat(container.Descendants().Select(inline => inline switch
    {
        CodeInline code => code.Content,
        LiteralInline literal => literal.Content.ToString(),
        _ => "",
    }));

    private static bool IsOurs(DirectoryInfo folder) =>
        !NotOurs.Contains(folder.Name) && (!folder.Name.StartsWith('.') || folder.Name == ".github");

    private static IEnumerable<string> Find(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles("*.md"))
            yield return Path.GetRelativePath(RepositoryFolder.Root, file.FullName);
        foreach (var inner in folder.EnumerateDirectories().Where(IsOurs))
        {
            foreach (string file in Find(inner))
                yield return file;
        }
    }
}
