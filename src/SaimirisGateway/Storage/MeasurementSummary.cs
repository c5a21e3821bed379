namespace SaimirisGateway.Storage;

/// <param name="IsComplete">Every row is complete or cancelled.</param>
/// <param name="IsCancelled">A row is cancelled.</param>
internal sealed record MeasurementSummary(
    Guid Id, int TotalAgents, int CompletedAgents, long ExpectedProbes, long SentProbes, bool IsComplete, bool IsCancelled, DateTimeOffset StartedAt, DateTimeOffset LastUpdated);
