using Shared.Records.Wire;

namespace Pesto.State;

/// <summary>Knows the agents that send to one shard, up to a limit, because their names come from the wire.</summary>
internal sealed class AgentRegistry(int maxAgents)
{
    private readonly Dictionary<Key, AgentHistory> _agents = [];
    private Key _lastKey;
    private AgentHistory? _last;

    public int Count => _agents.Count;

    /// <param name="exporter">The datagram's source address.</param>
    /// <param name="agent">The agent's address by its own account; several agents may send from one source address.</param>
    /// <param name="subAgentId">Each sub-agent has sequence numbers of its own.</param>
    /// <returns>Null if the agent is new and the limit is reached.</returns>
    public AgentHistory? FindOrAdd(in Ipv6Address exporter, in Ipv6Address agent, uint subAgentId)
    {
        var key = new Key(exporter, agent, subAgentId);
        if (_last is not null && key == _lastKey)
            return _last;
        if (!_agents.TryGetValue(key, out var found))
        {
            if (_agents.Count == maxAgents)
                return null;
            _agents.Add(key, found = new AgentHistory());
        }
        (_lastKey, _last) = (key, found);
        return found;
    }

    private readonly record struct Key(Ipv6Address Exporter, Ipv6Address Agent, uint SubAgentId);
}
