using System.Collections.Concurrent;
using System.Data.Common;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Auth;

/// <summary>
/// Caches the SHA-256 of the agents' registration secrets for ten seconds, so that not each body of replies asks the database. While the
/// database does not answer, cached secrets stay valid.
/// </summary>
internal sealed class RegistrationSecrets(GatewayStore store, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (byte[] Hash, long At)> _known = new();

    /// <summary>Returns null when there is no such agent.</summary>
    /// <exception cref="DbException">The database does not answer, and the agent's secret is not cached.</exception>
    public async ValueTask<byte[]?> FindAsync(string agentId, CancellationToken cancel)
    {
        bool isKnown = _known.TryGetValue(agentId, out var known);
        if (isKnown && time.GetElapsedTime(known.At) < MaxAge)
            return known.Hash;
        StoredAgent? agent;
        try
        {
            agent = await store.FindAgentAsync(agentId, cancel);
        }
        catch (DbException) when (isKnown)
        {
            return known.Hash;
        }
        if (agent is null)
        {
            _known.TryRemove(agentId, out _);
            return null;
        }
        // Unknown ids are not cached, so the cache is at most as large as the registry.
        _known[agentId] = (agent.SecretHash, time.GetTimestamp());
        return agent.SecretHash;
    }
}
