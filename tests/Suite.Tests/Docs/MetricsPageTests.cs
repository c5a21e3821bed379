using Suite.Tests.Records;

namespace Suite.Tests.Docs;

/// <summary>
/// Compares docs/reference/metrics.md with the metrics of the code. <see cref="Architecture.FrozenNumbersTests"/> compares the file that
/// is read here with the code.
/// </summary>
public sealed class MetricsPageTests
{
    [Fact]
    public void The_page_has_every_metric_once_with_its_type_and_labels()
    {
        string frozen = Path.Combine(RepositoryFolder.Root, "tests", "Suite.Tests", "Architecture", "Frozen", "metrics.txt");
        var page = from row in MarkdownPage.Read("docs/reference/metrics.md").Rows
                   let labels = row.Cells[2].Replace(" ", "", StringComparison.Ordinal)
                   select $"{row.Cells[0]}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {row.Cells[1]}";
        Assert.Equal(File.ReadAllLines(frozen).Order(StringComparer.Ordinal), page.Order(StringComparer.Ordinal));
    }
}
