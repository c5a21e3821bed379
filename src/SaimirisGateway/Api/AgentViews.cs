using System.Text.Json;
using SaimirisGateway.Agents;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>An agent as everybody may see it, without its secret.</summary>
internal sealed record AgentView(string Id, IReadOnlyList<AgentConfig>? Config, HealthView? Health, DateTimeOffset LastSeen)
{
    public static AgentView From(StoredAgent agent) => new(agent.Id, ReadConfig(agent), HealthView.From(agent.Health), agent.LastSeen);

    /// <summary>Returns null until the agent posts a configuration.</summary>
    public static AgentConfig[]? ReadConfig(StoredAgent agent) =>
        agent.ConfigJson is { } json ? JsonSerializer.Deserialize(json, ApiJson.Instance.AgentConfigArray) : null;
}

/// <summary>The health that an agent has posted.</summary>
internal sealed record HealthView(bool Healthy, DateTimeOffset LastCheck, string? Message)
{
    public static HealthView? From(AgentHealth? health) =>
        health is null ? null : new(health.IsHealthy, health.LastCheck, health.Message);
}

/// <summary>The body with which an agent registers.</summary>
internal sealed record AgentRegistration
{
    public required string Id { get; init; }

    public required string Secret { get; init; }
}

/// <summary>The body with which an agent posts its health.</summary>
internal sealed record HealthReport
{
    public required bool Healthy { get; init; }

    /// <summary>The time of the check; null means now.</summary>
    public DateTimeOffset? LastCheck { get; init; }

    public string? Message { get; init; }
}

/// <summary>The body with which an agent posts its progress with a measurement.</summary>
internal sealed record ProgressReport
{
    /// <summary>All probes sent so far.</summary>
    public required uint SentProbes { get; init; }

    public required bool IsComplete { get; init; }
}

/// <param name="MeasurementId">The id as the path spells it.</param>
internal sealed record ProgressView(string AgentId, bool IsComplete, string MeasurementId, long SentProbes, DateTimeOffset UpdatedAt);
