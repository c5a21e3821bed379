namespace SaimirisGateway.Storage;

/// <param name="SecretHash">SHA-256 of the registration secret's UTF-8.</param>
/// <param name="ConfigJson">As posted, with defaults filled; null until posted.</param>
internal sealed record StoredAgent(string Id, byte[] SecretHash, string? ConfigJson, AgentHealth? Health, DateTimeOffset LastSeen);
