using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Submit;

/// <summary>Which of the agents asked for get the probes, and why the others do not.</summary>
internal sealed class AgentAssignment
{
    /// <summary>An agent says its health each 30 s.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromMinutes(10);

    private readonly List<AssignedAgent> _assigned = [];
    private readonly List<UnassignedAgent> _unassigned = [];

    private AgentAssignment()
    {
    }

    public IReadOnlyList<AssignedAgent> Assigned => _assigned;

    public IReadOnlyList<UnassignedAgent> Unassigned => _unassigned;

    /// <summary>How long the slowest of them takes for a probe of its own.</summary>
    public TimeSpan TimePerProbe { get; private set; }

    /// <summary>The first address that the user may not send from; null: all may be used.</summary>
    public IPAddress? Foreign { get; private set; }

    /// <param name="requested">Each agent once.</param>
    public static async Task<AgentAssignment> MakeAsync(IGatewayStore store, IEnumerable<RequestedAgent> requested, uint userId, DateTimeOffset now, CancellationToken cancel)
    {
        var assignment = new AgentAssignment();
        foreach (var agent in requested)
        {
            var stored = IsStorable(agent.Id) ? await store.FindAgentAsync(agent.Id, cancel) : null;
            assignment.Add(agent, stored, userId, now);
        }
        return assignment;
    }

    // Nothing else can have been registered, and PostgreSQL takes no NUL in a text.
    private static bool IsStorable(string id) => Encoding.UTF8.GetByteCount(id) is > 0 and <= AgentState.MaxIdBytes && !id.Contains('\0');

    private void Add(RequestedAgent agent, StoredAgent? stored, uint userId, DateTimeOffset now)
    {
        var instances = ReadInstances(stored?.ConfigJson);
        bool isOwn = instances.Any(instance => UserPrefix.TryOf(instance.Ipv6Prefix, userId, out var prefix) && prefix.Contains(agent.SourceAddress!));
        // No user has IPv4 addresses, so there is no need to know the agent.
        if (!isOwn && (instances.Count > 0 || agent.SourceAddress!.AddressFamily == AddressFamily.InterNetwork))
            Foreign ??= agent.SourceAddress;
        if (NotUsable(stored, instances, now) is { } reason)
            _unassigned.Add(new UnassignedAgent(agent.Id, reason));
        else
            _assigned.Add(new AssignedAgent(agent.Id, agent.SourceAddress!));
        if (isOwn && instances.Max(instance => instance.TimePerProbe) is var time && time > TimePerProbe)
            TimePerProbe = time;
    }

    private static string? NotUsable(StoredAgent? agent, List<ProbingInstance> instances, DateTimeOffset now) => agent switch
    {
        null => "the agent is not registered",
        _ when instances.Count == 0 => "the agent has not posted its configuration",
        { Health: null } => "the agent has not posted its health",
        { Health.IsHealthy: false } => "the agent is not healthy",
        _ when now - agent.LastSeen > MaxSilence => "the agent has not been seen for 10 minutes",
        _ => null,
    };

    private static List<ProbingInstance> ReadInstances(string? configJson) =>
        configJson is null ? [] : JsonSerializer.Deserialize<List<ProbingInstance>>(configJson) ?? [];
}
