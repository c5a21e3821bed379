using Suite.Tests.Records;
using Xunit;

namespace Suite.Tests.Docs;

/// <summary>
/// Compares docs/reference/metrics.md with the metrics of the code. <see cref="Architecture.FrozenNumbersTests"/> holds the file that is read
/// here to the code.
/// </summary>
public sealed class MetricsPageTests
{
    [Fact]
    public void The_page_has_every_metric_once_with_its_type_and_labels()
    {
        string frozen = Path.Combine(RepositoryFolder.Root, "tests", "Suite.Tests", "Architecture", "Frozen", "metrics.txt");
        var page = MarkdownPage.Read("docs/reference/metrics.md").Rows
            .Select(row => $"{row.Cells[0]}{(row.Cells[2].Length > 0 ? $"{{{row.Cells[2].Replace(" ", "", StringComparison.Ordinal)}}}" : "")} {row.Cells[1]}");
        Assert.Equal(File.ReadAllLines(frozen).Order(StringComparer.Ordinal), page.Order(StringComparer.Ordinal));
    }
}
