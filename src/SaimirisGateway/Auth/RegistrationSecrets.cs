using System.Collections.Concurrent;
using System.Data.Common;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Auth;

/// <summary>
/// SHA-256 of the secrets that agents registered with, remembered for some seconds, so that bodies of replies do not each ask the database;
/// while it is away, for as long as that lasts.
/// </summary>
internal sealed class RegistrationSecrets(IGatewayStore store, TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (byte[] Hash, long At)> _known = new();

    /// <summary>Null: no such agent.</summary>
    /// <exception cref="DbException">The database is away, and the agent was not seen before.</exception>
    public async ValueTask<byte[]?> FindAsync(string agentId, CancellationToken cancel)
    {
        bool isKnown = _known.TryGetValue(agentId, out var known);
        if (isKnown && time.GetElapsedTime(known.At) < Remembered)
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
        // Ids that are not registered are not remembered: the table is as large as the registry, at most.
        _known[agentId] = (agent.SecretHash, time.GetTimestamp());
        return agent.SecretHash;
    }
}
