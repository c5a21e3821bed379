namespace SaimirisGateway.Storage;

internal sealed record AgentHealth(bool IsHealthy, DateTimeOffset LastCheck, string? Message);
