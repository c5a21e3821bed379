using System.Data.Common;

namespace SaimirisGateway.Storage;

/// <summary>Hides what differs between PostgreSQL and SQLite. The SQL of the rows is the same for both.</summary>
internal abstract class StoreEngine : IAsyncDisposable
{
    public abstract Task MigrateAsync(CancellationToken cancel);

    /// <summary>Runs <paramref name="read"/> in one transaction that sees committed rows.</summary>
    public abstract Task<T> ReadAsync<T>(Func<StoreSession, Task<T>> read, CancellationToken cancel);

    /// <summary>
    /// Runs <paramref name="write"/> in one transaction, and rolls back on an exception. When the database asks for a retry, <paramref
    /// name="write"/> runs again from its start.
    /// </summary>
    public abstract Task<T> WriteAsync<T>(Func<StoreSession, Task<T>> write, CancellationToken cancel);

    /// <summary>Locks the user's row of user_id_mappings, which exists: other transactions wait here until this one ends.</summary>
    public abstract Task LockUserAsync(StoreSession session, string userHash);

    /// <summary>Converts a value to the column's type. Times have microseconds.</summary>
    public abstract object ToColumn(object value);

    public abstract DateTimeOffset ReadTime(DbDataReader reader, int column);

    public abstract ValueTask DisposeAsync();
}
