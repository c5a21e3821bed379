namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>Holds the replies of one measurement, and wakes its readers. <see cref="ReplyMemory.Gate"/> guards it.</summary>
internal sealed class MeasurementReplies(Guid id)
{
    private readonly Dictionary<string, AgentReplies> _agents = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id { get; } = id;

    public int Readers { get; set; }

    public bool IsEmpty => _agents.Values.All(agent => agent.IsEmpty);

    /// <summary>Completes with the next reply.</summary>
    public Task Changed => _changed.Task;

    public IEnumerable<AgentReplies> Agents => _agents.Values;

    public AgentReplies GetOrAdd(string agentId)
    {
        if (!_agents.TryGetValue(agentId, out var replies))
            _agents.Add(agentId, replies = new AgentReplies(Id, agentId));
        return replies;
    }

    public void OnChanged()
    {
        if (Readers == 0)
            return;
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
