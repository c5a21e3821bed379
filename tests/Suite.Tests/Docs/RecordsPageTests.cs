using Suite.Tests.Architecture;
using Suite.Tests.Records;

namespace Suite.Tests.Docs;

/// <summary>Compares docs/reference/records.md with the schemas and with the tables in clickhouse-tables.</summary>
public sealed class RecordsPageTests
{
    private static readonly ILookup<string, TableRow> Page =
        MarkdownPage.Read("docs/reference/records.md").Rows.ToLookup(row => row.Heading);

    // A struct that ClickHouse does not read has no column for each field.
    private static readonly string[] WithoutTable = ["Probe"];

    [Fact]
    public async Task The_page_has_every_field_with_its_type_and_its_column()
    {
        var structs = await SchemaLayout.ReadAsync(TestContext.Current.CancellationToken);
        var described = TopicTable.All.Select(t => t.Struct).Concat(WithoutTable);
        Assert.Equal(described.Order(StringComparer.Ordinal), Page.Select(section => section.Key).Order(StringComparer.Ordinal));
        foreach (var table in TopicTable.All)
        {
            var fields = structs[table.Struct].Fields.Select(field => $"{field.Name} {field.Type} {table.ColumnOf(field.Name)}");
            Assert.Equal(fields, Page[table.Struct].Select(row => string.Join(' ', row.Cells.Take(3))));
        }
        foreach (string name in WithoutTable)
        {
            var fields = structs[name].Fields.Select(field => $"{field.Name} {field.Type}");
            Assert.Equal(fields, Page[name].Select(row => string.Join(' ', row.Cells.Take(2))));
        }
    }

    [Fact]
    public async Task The_fields_of_a_structs_elements_are_named_where_the_list_is()
    {
        var structs = await SchemaLayout.ReadAsync(TestContext.Current.CancellationToken);
        var missing = from element in structs.Values
                      from section in Page
                      from row in section
                      where row.Cells[1] == $"List({element.Name})"
                      group row.Cells[^1] by element into described
                      from field in described.Key.Fields
                      where !described.Any(meaning => meaning.Contains(field.Name, StringComparison.Ordinal))
                      select $"{described.Key.Name}.{field.Name}";
        Assert.Empty(missing);
    }
}
