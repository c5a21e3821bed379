using System.Text.Json;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// Puts records into the table on a topic as the Kafka engine would, and shows them as they are in the table that keeps them.
/// </summary>
internal sealed class TopicRows(TopicTable topic, InProcessClickHouse server)
{
    private readonly IReadOnlyList<SqlColumn> _kafkaColumns = topic.KafkaColumns();
    private readonly IReadOnlyDictionary<string, ColumnType> _columns = topic.Columns()
        .ToDictionary(c => c.Name, c => ColumnType.Parse(c.Type));

    /// <param name="records">As capnp shows them.</param>
    public Task InsertAsync(IEnumerable<JsonElement> records, CancellationToken cancel) =>
        InsertAsync(records.Select(record => $"({string.Join(',', _kafkaColumns.Select(c => Literal(c, record)))},'','')"), cancel);

    /// <summary>Inserts rows among values that could not be read: every second row is such a value.</summary>
    public Task InsertAmongErrorsAsync(IEnumerable<JsonElement> records, string error, string rawHex, CancellationToken cancel)
    {
        string defaults = string.Join(',', _kafkaColumns.Select(c => ColumnType.Parse(c.Type).Literal(null)));
        return InsertAsync(records.SelectMany(record => new[]
        {
            $"({string.Join(',', _kafkaColumns.Select(c => Literal(c, record)))},'','')", $"({defaults},'{error}',unhex('{rawHex}'))",
        }), cancel);
    }

    /// <summary>Returns all rows in the form of <see cref="Expected"/>, sorted.</summary>
    public async Task<string[]> ReadAsync(CancellationToken cancel)
    {
        var shown = _kafkaColumns.Select(c => topic.ColumnOf(c.Name)).Select(name => _columns[name].Shown(name));
        string[] rows = await server.QueryAsync($"SELECT {string.Join(", ", shown)} FROM {topic.Table}", cancel);
        return [.. rows.Order(StringComparer.Ordinal)];
    }

    public string[] Expected(IEnumerable<JsonElement> records) =>
        [.. records.Select(r => string.Join('\t', _kafkaColumns.Select(c => _columns[topic.ColumnOf(c.Name)].Text(Field(r, c.Name)))))
            .Order(StringComparer.Ordinal)];

    private static JsonElement? Field(JsonElement record, string name) => record.TryGetProperty(name, out var value) ? value : null;

    private static string Literal(SqlColumn column, JsonElement record) =>
        ColumnType.Parse(column.Type).Literal(Field(record, column.Name));

    private async Task InsertAsync(IEnumerable<string> rows, CancellationToken cancel)
    {
        string names = string.Join(", ", _kafkaColumns.Select(c => c.Name));
        string[] values = [.. rows];
        Assert.NotEmpty(values);
        await server.QueryAsync($"INSERT INTO {topic.Kafka} ({names}, _error, _raw_message) VALUES {string.Join(',', values)}", cancel);
    }
}
