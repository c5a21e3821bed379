using System.Data.Common;

namespace SaimirisGateway.Storage;

/// <summary>Runs SQL in one transaction on one connection. The SQL names parameters as <c>@name</c>.</summary>
internal sealed class StoreSession(StoreEngine engine, DbConnection connection, DbTransaction transaction, CancellationToken cancel)
{
    public StoreEngine Engine => engine;

    /// <summary>Returns the number of rows that it changed.</summary>
    public async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    public async Task<List<T>> ListAsync<T>(string sql, Func<StoreRow, T> read, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var row = new StoreRow(engine, reader);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
            rows.Add(read(row));
        return rows;
    }

    /// <summary>Returns the first row, or null when there is none.</summary>
    public async Task<T?> FindAsync<T>(string sql, Func<StoreRow, T> read, params (string Name, object? Value)[] parameters)
        where T : class
    {
        var rows = await ListAsync(sql, read, parameters);
        return rows.Count > 0 ? rows[0] : null;
    }

    private DbCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value is null ? DBNull.Value : engine.ToColumn(value);
            command.Parameters.Add(parameter);
        }
        return command;
    }
}

/// <summary>Reads the columns of a reader's current row. Columns are counted from 0.</summary>
internal sealed class StoreRow(StoreEngine engine, DbDataReader reader)
{
    public string Text(int column) => reader.GetString(column);

    public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public int Int32(int column) => reader.GetInt32(column);

    public long Int64(int column) => reader.GetInt64(column);

    public bool Bool(int column) => reader.GetBoolean(column);

    public bool? BoolOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetBoolean(column);

    public Guid Guid(int column) => reader.GetGuid(column);

    public byte[] Bytes(int column) => reader.GetFieldValue<byte[]>(column);

    public DateTimeOffset Time(int column) => engine.ReadTime(reader, column);

    public DateTimeOffset? TimeOrNull(int column) => reader.IsDBNull(column) ? null : engine.ReadTime(reader, column);
}
