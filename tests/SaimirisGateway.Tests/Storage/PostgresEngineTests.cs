using Npgsql;
using SaimirisGateway.Storage.Postgres;

namespace SaimirisGateway.Tests.Storage;

[Trait("Needs", "Daemon")]
public sealed class PostgresEngineTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transaction_that_is_given_up_to_break_a_deadlock_is_begun_again()
    {
        await using var engine = new PostgresEngine(
            NpgsqlDataSource.Create(PostgresServer.ConnectionString(await server.CreateDatabaseAsync())));
        await engine.WriteAsync(session =>
            session.ExecuteAsync("CREATE TABLE counted AS SELECT n, 0 AS times FROM generate_series(1, 2) n"), Cancel);
        var holds = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        int begun = 0;
        // Each transaction locks one row. When both have theirs, each locks the other's.
        await Task.WhenAll(Enumerable.Range(0, 2).Select(own => engine.WriteAsync(
            async session =>
            {
                Interlocked.Increment(ref begun);
                await session.ExecuteAsync("UPDATE counted SET times = times + 1 WHERE n = @n", ("n", own + 1));
                holds[own].TrySetResult();
                await holds[1 - own].Task.WaitAsync(TimeSpan.FromMinutes(5), Cancel);
                return await session.ExecuteAsync("UPDATE counted SET times = times + 1 WHERE n = @n", ("n", 2 - own));
            },
            Cancel)));
        Assert.Equal(3, begun);
        Assert.Equal(
            [2, 2], await engine.ReadAsync(session => session.ListAsync("SELECT times FROM counted", row => row.Int32(0)), Cancel));
    }
}
