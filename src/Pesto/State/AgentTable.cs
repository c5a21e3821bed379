using Shared.Records.Wire;

namespace Pesto.State;

/// <summary>The agents that send to one shard, up to a limit: their names come from the wire.</summary>
internal sealed class AgentTable(int maxAgents)
{
    private readonly Dictionary<Key, AgentHistory> _agents = [];
    private Key _lastKey;
    private AgentHistory? _last;

    public int Count => _agents.Count;

    /// <summary>Null where there are as many as there may be already.</summary>
    /// <param name="exporter">Where the datagram comes from.</param>
    /// <param name="agent">As it says itself; several may send from one address.</param>
    /// <param name="subAgentId">Its own sequence numbers each.</param>
    public AgentHistory? Of(in Ipv6Address exporter, in Ipv6Address agent, uint subAgentId)
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
