namespace SaimirisGateway.Tests.Probes.Outbox;

[Trait("Needs", "Time")]
public sealed class SqliteOutboxTests : OutboxTests
{
    protected override Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);
}
