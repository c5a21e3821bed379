using System.Data.Common;

namespace SaimirisGateway.Storage;

/// <summary>One transaction on one connection. Parameters are named <c>@name</c> in the SQL.</summary>
internal sealed class StoreSession(StoreEngine engine, DbConnection connection, DbTransaction transaction, CancellationToken cancel)
{
    public StoreEngine Engine => engine;

    /// <summary>Returns how many rows it concerned.</summary>
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

    /// <summary>The first row; null: there is none.</summary>
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
