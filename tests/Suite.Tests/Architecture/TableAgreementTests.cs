using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace Suite.Tests.Architecture;

/// <summary>Checks that the SQL of clickhouse-tables has every field of the schemas, and names the missing ones.</summary>
public sealed class TableAgreementTests
{
    private static readonly Dictionary<string, string[]> Types = new()
    {
        ["Bool"] = ["Bool"],
        ["UInt8"] = ["UInt8"],
        ["UInt16"] = ["UInt16"],
        ["UInt32"] = ["UInt32", "IPv4"],
        ["UInt64"] = ["UInt64"],
        ["Text"] = ["String"],
        ["Data"] = ["IPv6", "FixedString(16)", "String"],
        ["List(UInt32)"] = ["Array(UInt32)"],
    };

    // The server sets these, or another column holds the same fact.
    private static readonly Dictionary<string, string[]> OtherColumns = new()
    {
        ["flows.records"] = ["date", "time_inserted_ns", "bytes", "packets"],
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tables => [.. TopicTable.All.Select(t => t.Table)];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task The_table_on_the_topic_has_every_field_in_its_type(string table)
    {
        var topic = TopicTable.Named(table);
        var structs = await SchemaLayout.ReadAsync(Cancel);
        var fields = structs[topic.Struct].Fields;
        var columns = topic.KafkaColumns();
        Assert.Equal(fields.Select(f => f.Name), columns.Select(c => c.Name));
        foreach (var (field, column) in fields.Zip(columns))
            Assert.True(Types.GetValueOrDefault(field.Type, [ArrayOf(field.Type, structs)]).Contains(column.Type),
                $"{field.Name} is {field.Type}, and {column.Type} in {topic.Kafka}");
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Every_field_goes_through_the_view_into_a_column_of_its_name(string table)
    {
        var topic = TopicTable.Named(table);
        var fields = (await SchemaLayout.ReadAsync(Cancel))[topic.Struct].Fields;
        var selected = SqlFile.Read(topic.KafkaFile).Selected(topic.View);
        var columns = topic.Columns().Select(c => c.Name).ToList();
        Assert.Empty(fields.Select(f => topic.ColumnOf(f.Name)).Except(columns));
        Assert.Empty(columns.Except(selected.Keys));
        Assert.Empty(columns.Except(fields.Select(f => topic.ColumnOf(f.Name)))
            .Except(OtherColumns.GetValueOrDefault(table, ["date", "time_inserted_ns"])));
        foreach (var field in fields)
            Assert.Matches($@"\b{field.Name}\b", selected[topic.ColumnOf(field.Name)]);
    }

    [Fact]
    public void The_RIB_has_every_column_of_updates_that_is_a_routes_own()
    {
        string[] others =
        [
            "date", "time_inserted_ns", "router_port", // of the row and the session
            "announced", "synthetic", // is_deleted
            "is_post_policy", "is_adj_rib_out", // rib_view says both
            "mp_reach_afi", "mp_reach_safi", "mp_unreach_afi", "mp_unreach_safi", // of the message; afi and safi are the route's
        ];
        var file = SqlFile.Read("bmp/current_rib.sql");
        var rib = file.Columns("bmp.current_rib").Select(c => c.Name).ToList();
        var updates = TopicTable.Updates.Columns().Select(c => c.Name).ToList();
        Assert.Equal(updates.Except(others).Order(StringComparer.Ordinal), rib.Except(["version", "is_deleted"])
            .Order(StringComparer.Ordinal));
        Assert.Equal(rib, file.Selected("bmp.current_rib_mv").Keys);
    }

    [Theory]
    [InlineData("bmp.updates", "mp_unreach_safi")]
    [InlineData("flows.records", "packets")]
    [InlineData("saimiris.replies", "rtt")]
    public void The_migration_adds_every_column_after_those_of_the_first_version(string table, string lastOfFirstVersion)
    {
        var columns = TopicTable.Named(table).Columns();
        var appended = columns.SkipWhile(c => c.Name != lastOfFirstVersion).Skip(1).ToList();
        Assert.NotEmpty(appended);
        Assert.Equal(appended, SqlFile.Read($"migrations/{TopicTable.Named(table).Part}.sql").Added(table));
    }

    [Theory]
    [InlineData("bmp.updates", "bmp/updates.sql")]
    [InlineData("bmp.errors", "bmp/updates.sql")]
    [InlineData("bmp.current_rib", "bmp/current_rib.sql")]
    [InlineData("flows.records", "flows/records.sql")]
    [InlineData("flows.errors", "flows/records.sql")]
    [InlineData("saimiris.replies", "saimiris/replies.sql")]
    [InlineData("saimiris.errors", "saimiris/replies.sql")]
    public void A_clusters_table_is_the_single_servers(string table, string file)
    {
        string single = SqlFile.Read(file).Statements.Single(s =>
            s.StartsWith($"CREATE TABLE IF NOT EXISTS {table}\n", StringComparison.Ordinal));
        string local = SqlFile.Read($"cluster/{table.Split('.')[0]}.sql").Statements.Single(s =>
            s.StartsWith($"CREATE TABLE IF NOT EXISTS {table}_local ", StringComparison.Ordinal));
        Assert.Equal(single, local.Replace("_local ON CLUSTER '{cluster}'", "", StringComparison.Ordinal)
            .Replace("= Replicated", "= ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_tables_of_errors_are_alike()
    {
        var bmp = SqlFile.Read("bmp/updates.sql").Columns("bmp.errors");
        Assert.NotEmpty(bmp);
        Assert.Equal(bmp, SqlFile.Read("flows/records.sql").Columns("flows.errors"));
        Assert.Equal(bmp, SqlFile.Read("saimiris/replies.sql").Columns("saimiris.errors"));
    }

    private static string ArrayOf(string type, Dictionary<string, StructLayout> structs) =>
        Regex.Match(type, @"^List\((\w+)\)$") is { Success: true } list && structs.TryGetValue(list.Groups[1].Value, out var element)
            ? $"Array(Tuple({string.Join(", ", element.Fields.Select(f => f.Type == "Data" ? "String" : Types[f.Type][0]))}))"
            : "";
}
