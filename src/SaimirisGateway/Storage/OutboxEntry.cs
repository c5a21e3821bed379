namespace SaimirisGateway.Storage;

internal sealed record OutboxEntry(
    Guid MeasurementId, string UserHash, long ProbeCount, IReadOnlyList<AssignedAgent> Agents, string ProbesFile, int BatchesBegun, int BatchesSent, DateTimeOffset Deadline);
