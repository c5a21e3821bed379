namespace SaimirisGateway.Replies.Pipeline;

/// <summary>
/// Holds the state of each agent that has sent a body, and limits the bodies under way. A state stays until the gateway ends, because its
/// sequence numbers continue.
/// </summary>
internal sealed class AgentStates(int maxBodies, int maxBodiesPerAgent)
{
    // Anyone with the shared key can invent ids.
    private const int MaxAgents = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AgentState State, int Bodies)> _agents = [];
    private int _bodies;

    /// <summary>Begins a body, which <see cref="End"/> ends. Returns false when too many are under way.</summary>
    public bool TryBegin(string id, out AgentState agent)
    {
        lock (_gate)
        {
            if (!_agents.TryGetValue(id, out var entry))
                entry = (new AgentState(id), 0);
            agent = entry.State;
            if (_bodies >= maxBodies || entry.Bodies >= maxBodiesPerAgent || (_agents.Count >= MaxAgents && !_agents.ContainsKey(id)))
                return false;
            _agents[id] = (agent, entry.Bodies + 1);
            _bodies++;
            return true;
        }
    }

    public void End(AgentState agent)
    {
        lock (_gate)
        {
            _bodies--;
            _agents[agent.Id] = (agent, _agents[agent.Id].Bodies - 1);
        }
    }
}
