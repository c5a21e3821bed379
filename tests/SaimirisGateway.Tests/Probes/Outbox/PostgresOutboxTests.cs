using SaimirisGateway.Tests.Storage;

namespace SaimirisGateway.Tests.Probes.Outbox;

[Trait("Needs", "Daemon")]
public sealed class PostgresOutboxTests(PostgresServer server) : OutboxTests
{
    protected override async Task<string?> DatabaseAsync() => await server.CreateDatabaseAsync();
}
