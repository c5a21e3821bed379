using SaimirisGateway.Storage;

namespace SaimirisGateway.Agents;

/// <summary>
/// Decides how long an agent counts as active. The gateway's own clock decides, and an old health check makes an agent old too.
/// </summary>
internal static class AgentFreshness
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    /// <summary>True if the agent has posted its health, and the agent and its last check are at most <see cref="MaxAge"/> old.</summary>
    public static bool IsFresh(this StoredAgent agent, DateTimeOffset now) =>
        agent.Health is { } health && now - agent.LastSeen <= MaxAge && now - health.LastCheck <= MaxAge;
}
