namespace SaimirisGateway.Storage;

internal sealed record AgentProgress(string AgentId, long ExpectedProbes, long SentProbes, bool IsComplete, bool IsCancelled, DateTimeOffset UpdatedAt);
