namespace SaimirisGateway.Tests.Probes.Outbox;

public sealed class SqliteOutboxTests : OutboxTests
{
    protected override Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);
}
