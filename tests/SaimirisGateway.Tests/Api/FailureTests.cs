using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using SaimirisGateway.Tests.Storage;

namespace SaimirisGateway.Tests.Api;

/// <summary>
/// Tests the contract's 500s: dropped tables are no transient failure. The database's own text stays in the log.
/// </summary>
public sealed class FailureTests(PostgresServer server) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-failures-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Trait("Needs", "Daemon")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_route_names_what_it_could_not_do_and_hides_the_databases_error(bool isSqlite)
    {
        string url = isSqlite ? $"sqlite:{_folder.FullName}/gateway.db" : await server.CreateDatabaseAsync();
        await using var gateway = await ApiGateway.StartAsync(url);
        string agent = await gateway.AddAgentAsync("ams-1"), source = await gateway.SourceAsync("user");
        string id = (await gateway.SubmitAsync("user", source, 1, null, agent)).Json.GetProperty("id").GetString()!;

        await DropAsync(url, isSqlite, "measurement_tracking");
        (await gateway.GetAsync("/api/user/me", "user")).AssertError(500, "Failed to retrieve user information");
        (await gateway.GetAsync("/api/measurements", "user")).AssertError(500, "Failed to retrieve measurements");
        (await gateway.GetAsync($"/api/measurement/{id}/status", "user")).AssertError(500, "Failed to retrieve measurement status");
        (await gateway.PostAsync($"/api/measurement/{id}/cancel", "user", null)).AssertError(500, "Failed to cancel measurement");
        (await gateway.AgentPostAsync($"/agent-api/agent/{agent}/measurement/{id}/status", """{"sent_probes":1,"is_complete":true}"""))
            .AssertError(500, "Failed to update measurement status");
        (await gateway.SubmitAsync("user", source, 1, null, agent)).AssertError(500, "Failed to check probe limit");

        await DropAsync(url, isSqlite, "user_id_mappings");
        (await gateway.GetAsync("/api/user/me", "user")).AssertError(500, "Failed to process user identification");
        foreach (var answer in new[] { await gateway.GetAsync("/api/user/prefixes", "user"),
            await gateway.SubmitAsync("user", source, 1, null, agent) })
        {
            Assert.Equal((500, 500), (answer.Status, answer.Json.GetProperty("error").GetInt32()));
            string message = answer.Json.GetProperty("message").GetString()!;
            Assert.StartsWith("Failed to get user ID", message, StringComparison.Ordinal);
            Assert.DoesNotContain("user_id_mappings", message, StringComparison.Ordinal);
        }
    }

    private static async Task DropAsync(string url, bool isSqlite, string table)
    {
        await using DbConnection connection = isSqlite
            ? new SqliteConnection($"Data Source={url["sqlite:".Length..]};Pooling=false;Foreign Keys=false")
            : new NpgsqlConnection(ConnectionString(url));
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = isSqlite && table == "measurement_tracking"
            ? "DROP VIEW IF EXISTS measurement_status; DROP VIEW IF EXISTS user_usage_stats; DROP TABLE measurement_tracking"
            : $"DROP TABLE {table}{(isSqlite ? "" : " CASCADE")}";
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static string ConnectionString(string url)
    {
        var uri = new Uri(url);
        return $"Host={uri.Host};Port={uri.Port};Database={uri.AbsolutePath[1..]};Username={uri.UserInfo};SSL Mode=Disable;Pooling=false";
    }
}
