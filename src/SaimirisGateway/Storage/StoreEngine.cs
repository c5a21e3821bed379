using System.Data.Common;

namespace SaimirisGateway.Storage;

/// <summary>What PostgreSQL and SQLite do in ways of their own; the SQL of the rows is the same for both.</summary>
internal abstract class StoreEngine : IAsyncDisposable
{
    public abstract Task MigrateAsync(CancellationToken cancel);

    /// <summary>Runs in one transaction that sees what is committed.</summary>
    public abstract Task<T> ReadAsync<T>(Func<StoreSession, Task<T>> read, CancellationToken cancel);

    /// <summary>Runs in one transaction; an exception leaves nothing of it. It may run again, from the start, where the database asks for that.</summary>
    public abstract Task<T> WriteAsync<T>(Func<StoreSession, Task<T>> write, CancellationToken cancel);

    /// <summary>Until the transaction ends, no other one gets past here for that user, whose row of user_id_mappings exists.</summary>
    public abstract Task LockUserAsync(StoreSession session, string userHash);

    /// <summary>A value as the column takes it: times have microseconds.</summary>
    public abstract object ToColumn(object value);

    public abstract DateTimeOffset ReadTime(DbDataReader reader, int column);

    public abstract ValueTask DisposeAsync();
}
