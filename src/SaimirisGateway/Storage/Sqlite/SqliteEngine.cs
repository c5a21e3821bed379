using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SaimirisGateway.Storage.Sqlite;

/// <summary>
/// Runs the store's transactions on a SQLite file with a write-ahead log. Readers do not wait. Writers of this process wait here, not for
/// the file's lock.
/// </summary>
/// <remarks>Times are microseconds since 1970. Measurement ids are lower-case text.</remarks>
internal sealed class SqliteEngine(string connectionString) : StoreEngine
{
    private readonly SemaphoreSlim _writer = new(1, 1);

    public override async Task MigrateAsync(CancellationToken cancel)
    {
        await _writer.WaitAsync(cancel);
        try
        {
            await Task.Run(() => SqliteMigration.Run(connectionString), cancel);
        }
        finally
        {
            _writer.Release();
        }
    }

    public override Task<T> ReadAsync<T>(Func<StoreSession, Task<T>> read, CancellationToken cancel) =>
        RunAsync(read, writes: false, cancel);

    public override async Task<T> WriteAsync<T>(Func<StoreSession, Task<T>> write, CancellationToken cancel)
    {
        await _writer.WaitAsync(cancel);
        try
        {
            return await RunAsync(write, writes: true, cancel);
        }
        finally
        {
            _writer.Release();
        }
    }

    // A transaction that writes locks the whole file.
    public override Task LockUserAsync(StoreSession session, string userHash) => Task.CompletedTask;

    public override object ToColumn(object value) => value switch
    {
        DateTimeOffset time => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        Guid id => id.ToString("D", CultureInfo.InvariantCulture),
        _ => value,
    };

    public override DateTimeOffset ReadTime(DbDataReader reader, int column) =>
        DateTimeOffset.UnixEpoch.AddTicks(reader.GetInt64(column) * TimeSpan.TicksPerMicrosecond);

    public override ValueTask DisposeAsync()
    {
        // Pooled connections keep the file and its log open.
        using (var connection = new SqliteConnection(connectionString))
            SqliteConnection.ClearPool(connection);
        _writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> RunAsync<T>(Func<StoreSession, Task<T>> work, bool writes, CancellationToken cancel)
    {
        await using var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancel);
        // Immediate for a writer: it waits for a writer of another process here, never in the middle.
        await using var transaction = connection.BeginTransaction(deferred: !writes);
        var result = await work(new StoreSession(this, connection, transaction, cancel));
        await transaction.CommitAsync(cancel);
        return result;
    }
}
