using SaimirisGateway.Storage;

namespace SaimirisGateway.Agents;

/// <summary>How long an agent counts as there. The gateway's own clock decides; a health check that is old by the agent's own word is old too.</summary>
internal static class AgentFreshness
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    /// <summary>It has said how it is, and was heard of within <see cref="MaxAge"/>.</summary>
    public static bool IsFresh(this StoredAgent agent, DateTimeOffset now) =>
        agent.Health is { } health && now - agent.LastSeen <= MaxAge && now - health.LastCheck <= MaxAge;
}
