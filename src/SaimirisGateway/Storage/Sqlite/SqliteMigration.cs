using DbUp;
using DbUp.Sqlite.Helpers;
using Microsoft.Data.Sqlite;
using Shared.Hosting.Service;

namespace SaimirisGateway.Storage.Sqlite;

/// <summary>Creates or upgrades the tables of a SQLite file. The journal is the table gateway_schema_versions.</summary>
internal static class SqliteMigration
{
    /// <exception cref="StartupException">The file cannot be opened, or a script failed. All scripts are rolled back.</exception>
    public static void Run(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL");
            // One transaction around all scripts: processes that start at the same time migrate one after the other.
            Execute(connection, "BEGIN IMMEDIATE");
        }
        catch (SqliteException e)
        {
            throw new StartupException(
                $"--database-url: SQLite file '{connection.DataSource}' cannot be opened for writing: {e.Message}", e);
        }
        using var shared = new SharedConnection(connection);
        var result = DeployChanges.To.SqliteDatabase(shared)
            .WithScriptsEmbeddedInAssembly(
                typeof(SqliteMigration).Assembly, name => name.Contains(".Storage.Sqlite.", StringComparison.Ordinal))
            .JournalToSqliteTable("gateway_schema_versions")
            .WithoutTransaction()
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build()
            .PerformUpgrade();
        Execute(connection, result.Successful ? "COMMIT" : "ROLLBACK");
        if (!result.Successful)
        {
            throw new StartupException(
                $"--database-url: the database cannot be upgraded to this version: {result.Error.Message} ({result.ErrorScript?.Name})",
                result.Error);
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
