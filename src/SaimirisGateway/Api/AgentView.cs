using System.Text.Json;
using SaimirisGateway.Agents;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>An agent as everybody may see it: without its secret.</summary>
internal sealed record AgentView(string Id, IReadOnlyList<AgentConfig>? Config, HealthView? Health, DateTimeOffset LastSeen)
{
    public static AgentView Of(StoredAgent agent) => new(agent.Id, ConfigOf(agent), HealthView.Of(agent.Health), agent.LastSeen);

    /// <summary>Null: none was posted yet.</summary>
    public static AgentConfig[]? ConfigOf(StoredAgent agent) =>
        agent.ConfigJson is { } json ? JsonSerializer.Deserialize(json, ApiJson.Instance.AgentConfigArray) : null;
}

/// <summary>How an agent says it is.</summary>
internal sealed record HealthView(bool Healthy, DateTimeOffset LastCheck, string? Message)
{
    public static HealthView? Of(AgentHealth? health) => health is null ? null : new(health.IsHealthy, health.LastCheck, health.Message);
}
