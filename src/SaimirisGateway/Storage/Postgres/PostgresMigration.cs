using System.Net.Sockets;
using DbUp;
using DbUp.Postgresql;
using Npgsql;
using Shared.Hosting.Service;

namespace SaimirisGateway.Storage.Postgres;

/// <summary>Creates or upgrades the tables of a PostgreSQL database. The journal is the table gateway_schema_versions.</summary>
internal static class PostgresMigration
{
    // Advisory locks are known by number only. It can be any number that is the same in every gateway.
    private const long LockNumber = 0x5A14_1A15_0001;

    /// <exception cref="StartupException">The database does not answer, or a script failed. The script is rolled back.</exception>
    public static async Task RunAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        await using var connection = await ConnectAsync(source, cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // Gateways that start at the same time migrate one after the other: the lock lasts until this transaction ends.
        await using var takeLock = new NpgsqlCommand("SELECT pg_advisory_xact_lock(@number)", connection, transaction);
        takeLock.CommandTimeout = 0;
        takeLock.Parameters.AddWithValue("number", LockNumber);
        await takeLock.ExecuteNonQueryAsync(cancel);
        var result = await Task.Run(() => Upgrade(source), cancel);
        if (!result.Successful)
        {
            throw new StartupException(
                $"--database-url: the database cannot be upgraded to this version: {result.Error.Message} ({result.ErrorScript?.Name})",
                result.Error);
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        try
        {
            return await source.OpenConnectionAsync(cancel);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw new StartupException($"--database-url: PostgreSQL cannot be reached: {e.Message}", e);
        }
    }

    private static DbUp.Engine.DatabaseUpgradeResult Upgrade(NpgsqlDataSource source) =>
        DeployChanges.To.PostgresqlDatabase(new PostgresqlConnectionManager(source))
            .WithScriptsEmbeddedInAssembly(
                typeof(PostgresMigration).Assembly, name => name.Contains(".Storage.Postgres.", StringComparison.Ordinal))
            .JournalToPostgresqlTable(null, "gateway_schema_versions")
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .WithExecutionTimeout(TimeSpan.FromMinutes(10))
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
}
