using SaimirisGateway.Tests.Storage;

namespace SaimirisGateway.Tests.Api;

/// <summary>Runs one gateway for all tests of a class. Their agents and users have names of their own.</summary>
public abstract class ApiFixture : IAsyncLifetime
{
    internal ApiGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await ApiGateway.StartAsync(await DatabaseUrlAsync());

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The database; null for SQLite.</summary>
    protected abstract Task<string?> DatabaseUrlAsync();
}

public sealed class SqliteApi : ApiFixture
{
    protected override Task<string?> DatabaseUrlAsync() => Task.FromResult<string?>(null);
}

public sealed class PostgresApi(PostgresServer server) : ApiFixture
{
    protected override async Task<string?> DatabaseUrlAsync() => await server.CreateDatabaseAsync();
}
