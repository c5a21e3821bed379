using SaimirisGateway.Tests.Storage;

namespace SaimirisGateway.Tests.Outbox;

public sealed class PostgresOutboxTests(PostgresServer server) : OutboxTests
{
    protected override async Task<string?> DatabaseAsync() => await server.CreateDatabaseAsync();
}
