using System.Data.Common;
using Npgsql;

namespace SaimirisGateway.Storage.Postgres;

/// <summary>Runs the store's transactions on PostgreSQL.</summary>
internal sealed class PostgresEngine(NpgsqlDataSource source) : StoreEngine
{
    // Attempts at a transaction that PostgreSQL aborts because of a deadlock or a conflict.
    private const int MaxAttempts = 5;

    public override Task MigrateAsync(CancellationToken cancel) => PostgresMigration.RunAsync(source, cancel);

    public override Task<T> ReadAsync<T>(Func<StoreSession, Task<T>> read, CancellationToken cancel) => RunAsync(read, cancel);

    public override async Task<T> WriteAsync<T>(Func<StoreSession, Task<T>> write, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync(write, cancel);
            }
            catch (PostgresException e)
                when (attempt < MaxAttempts && e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                // The next attempt starts.
            }
        }
    }

    public override Task LockUserAsync(StoreSession session, string userHash) =>
        session.ListAsync(
            "SELECT user_id FROM user_id_mappings WHERE user_hash = @user FOR NO KEY UPDATE", row => row.Int32(0), ("user", userHash));

    public override object ToColumn(object value) =>
        value is DateTimeOffset time ? new DateTime(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc) : value;

    public override DateTimeOffset ReadTime(DbDataReader reader, int column) => new(reader.GetDateTime(column));

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> RunAsync<T>(Func<StoreSession, Task<T>> work, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        // Read committed: after it gets a lock, each statement sees what the previous holder wrote.
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var result = await work(new StoreSession(this, connection, transaction, cancel));
        await transaction.CommitAsync(cancel);
        return result;
    }
}
