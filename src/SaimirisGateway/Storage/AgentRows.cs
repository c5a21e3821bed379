using System.Security.Cryptography;

namespace SaimirisGateway.Storage;

/// <summary>Reads and writes gateway_agents.</summary>
internal static class AgentRows
{
    private const string Select =
        "SELECT agent_id, secret_hash, config_json, is_healthy, health_checked_at, health_message, last_seen FROM gateway_agents";

    public static async Task<bool> RegisterAsync(StoreSession session, string agentId, byte[] secretHash, DateTimeOffset now)
    {
        await session.ExecuteAsync(
            """
            INSERT INTO gateway_agents (agent_id, secret_hash, registered_at, last_seen) VALUES (@agent, @secret, @now, @now)
            ON CONFLICT DO NOTHING
            """,
            ("agent", agentId), ("secret", secretHash), ("now", now));
        var known = await FindAsync(session, agentId);
        if (known is null || !CryptographicOperations.FixedTimeEquals(known.SecretHash, secretHash))
            return false;
        await session.ExecuteAsync("UPDATE gateway_agents SET last_seen = @now WHERE agent_id = @agent", ("agent", agentId), ("now", now));
        return true;
    }

    public static async Task<bool> SetConfigAsync(StoreSession session, string agentId, string configJson, DateTimeOffset now) =>
        await session.ExecuteAsync(
            "UPDATE gateway_agents SET config_json = @config, last_seen = @now WHERE agent_id = @agent",
            ("agent", agentId), ("config", configJson), ("now", now)) > 0;

    public static async Task<bool> SetHealthAsync(StoreSession session, string agentId, AgentHealth health, DateTimeOffset now) =>
        await session.ExecuteAsync(
            """
            UPDATE gateway_agents SET is_healthy = @healthy, health_checked_at = @checked, health_message = @message, last_seen = @now
            WHERE agent_id = @agent
            """,
            ("agent", agentId), ("healthy", health.IsHealthy), ("checked", health.LastCheck), ("message", health.Message),
            ("now", now)) > 0;

    public static Task<StoredAgent?> FindAsync(StoreSession session, string agentId) =>
        session.FindAsync($"{Select} WHERE agent_id = @agent", Read, ("agent", agentId));

    public static Task<List<StoredAgent>> ListAsync(StoreSession session) => session.ListAsync($"{Select} ORDER BY agent_id", Read);

    public static Task<int> RemoveAsync(StoreSession session, DateTimeOffset lastSeenBefore) =>
        session.ExecuteAsync("DELETE FROM gateway_agents WHERE last_seen < @before", ("before", lastSeenBefore));

    private static StoredAgent Read(StoreRow row) => new(
        row.Text(0), row.Bytes(1), row.TextOrNull(2),
        row.BoolOrNull(3) is { } healthy ? new AgentHealth(healthy, row.Time(4), row.TextOrNull(5)) : null,
        row.Time(6));
}

/// <param name="SecretHash">SHA-256 of the registration secret, as UTF-8.</param>
/// <param name="ConfigJson">The configuration with its defaults filled in; null until the agent posts it.</param>
internal sealed record StoredAgent(string Id, byte[] SecretHash, string? ConfigJson, AgentHealth? Health, DateTimeOffset LastSeen);

internal sealed record AgentHealth(bool IsHealthy, DateTimeOffset LastCheck, string? Message);
