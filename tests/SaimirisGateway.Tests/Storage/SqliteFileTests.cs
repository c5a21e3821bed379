using Microsoft.Data.Sqlite;
using SaimirisGateway.Storage;
using Shared.Hosting.Service;

namespace SaimirisGateway.Tests.Storage;

/// <summary>Tests a SQLite file that several stores open.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private static readonly string Alice = new('a', 64);
    private static readonly DateTimeOffset Noon = new(2026, 8, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-sqlite-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, "gateway.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Gateways_that_start_at_the_same_time_do_not_trip_over_each_other_and_a_later_start_changes_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(MigrateAsync, Cancel)));
        string schema = Read("SELECT group_concat(sql, ';') FROM sqlite_schema"),
            journal = Read("SELECT group_concat(ScriptName || Applied) FROM gateway_schema_versions");
        await MigrateAsync();
        Assert.Equal(schema, Read("SELECT group_concat(sql, ';') FROM sqlite_schema"));
        Assert.Equal(journal, Read("SELECT group_concat(ScriptName || Applied) FROM gateway_schema_versions"));
        Assert.Equal("1", Read("SELECT count(*) FROM gateway_schema_versions"));
        Assert.Equal("wal", Read("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task A_writer_waits_for_one_of_another_process_and_readers_do_not()
    {
        await MigrateAsync();
        await using var store = Open();
        await using var other = Connect();
        Execute(other, "BEGIN IMMEDIATE");
        Execute(other, $"INSERT INTO user_id_mappings VALUES ('{Alice}', 4242, 0)");
        var writing = Task.Run(() => store.UserIdAsync(Alice, Cancel), Cancel);
        Assert.Equal(10_000, (await store.ReadUsageAsync(Alice, Noon, Cancel)).Limit);
        Assert.False(writing.IsCompleted);
        Execute(other, "COMMIT");
        Assert.Equal(4242u, await writing);
    }

    [Fact]
    public async Task A_file_that_is_no_database_or_cannot_be_opened_is_one_line_that_names_it()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 4096), Cancel);
        Assert.Contains(File, (await Assert.ThrowsAsync<StartupException>(MigrateAsync)).Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 4096), await System.IO.File.ReadAllTextAsync(File, Cancel));
        await using var store = DatabaseUrl.Parse($"sqlite:{_folder.FullName}/missing/gateway.db").OpenStore(TimeProvider.System);
        Assert.Contains("missing/gateway.db", (await Assert.ThrowsAsync<StartupException>(() => store.MigrateAsync(Cancel))).Message,
            StringComparison.Ordinal);
        Assert.False(await store.IsReachableAsync(Cancel));
    }

    private GatewayStore Open() => DatabaseUrl.Parse($"sqlite:{File}").OpenStore(TimeProvider.System);

    private async Task MigrateAsync()
    {
        await using var store = Open();
        await store.MigrateAsync(Cancel);
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private string Read(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()!.ToString()!;
    }
}
