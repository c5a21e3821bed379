namespace SaimirisGateway.Replies.Pipeline;

/// <summary>The agents that have sent something. An agent stays: its numbering goes on through the whole epoch.</summary>
internal sealed class AgentTable(int maxBodies, int maxBodiesPerAgent)
{
    /// <summary>With one shared key ids are free to invent.</summary>
    public const int MaxAgents = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AgentState State, int Bodies)> _agents = [];
    private int _bodies;

    /// <summary>A body of the agent's begins; false: there are too many. To be ended by <see cref="End"/>.</summary>
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
