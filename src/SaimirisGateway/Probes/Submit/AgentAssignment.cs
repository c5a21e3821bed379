using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaimirisGateway.Agents;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Submit;

/// <summary>Decides which of the requested agents get the probes, and why the others do not.</summary>
internal sealed class AgentAssignment
{
    // An agent posts its health every 30 s.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromMinutes(10);

    private readonly List<AssignedAgent> _assigned = [];
    private readonly List<UnassignedAgent> _unassigned = [];

    private AgentAssignment()
    {
    }

    public IReadOnlyList<AssignedAgent> Assigned => _assigned;

    public IReadOnlyList<UnassignedAgent> Unassigned => _unassigned;

    /// <summary>The time that the slowest agent needs for one probe.</summary>
    public TimeSpan TimePerProbe { get; private set; }

    /// <summary>The first address that the user may not send from; null when there is none.</summary>
    public IPAddress? ForeignAddress { get; private set; }

    /// <param name="requested">Each agent once, with its address.</param>
    public static async Task<AgentAssignment> MakeAsync(
        GatewayStore store, IEnumerable<RequestedAgent> requested, uint userId, DateTimeOffset now, CancellationToken cancel)
    {
        var assignment = new AgentAssignment();
        foreach (var agent in requested)
        {
            var stored = AgentIdText.IsStorable(agent.Id) ? await store.FindAgentAsync(agent.Id, cancel) : null;
            assignment.Add(agent.Id, agent.SourceAddress!, stored, userId, now);
        }
        return assignment;
    }

    private void Add(string id, IPAddress source, StoredAgent? stored, uint userId, DateTimeOffset now)
    {
        var instances = ProbingInstance.ReadAll(stored?.ConfigJson);
        bool isOwn = instances.Any(instance => UserPrefix.TryMake(instance.Ipv6Prefix, userId, out var prefix) && prefix.Contains(source));
        // No user owns an IPv4 address, so the agent need not be known.
        if (!isOwn && (instances.Count > 0 || source.AddressFamily == AddressFamily.InterNetwork))
            ForeignAddress ??= source;
        if (FindObstacle(stored, instances, now) is { } reason)
            _unassigned.Add(new UnassignedAgent(id, reason));
        else
            _assigned.Add(new AssignedAgent(id, source));
        if (isOwn && instances.Max(instance => instance.TimePerProbe) is var time && time > TimePerProbe)
            TimePerProbe = time;
    }

    private static string? FindObstacle(StoredAgent? agent, List<ProbingInstance> instances, DateTimeOffset now) => agent switch
    {
        null => "the agent is not registered",
        _ when instances.Count == 0 => "the agent has not posted its configuration",
        { Health: null } => "the agent has not posted its health",
        { Health.IsHealthy: false } => "the agent is not healthy",
        _ when now - agent.LastSeen > MaxSilence => "the agent has not been seen for 10 minutes",
        _ => null,
    };
}

/// <summary>The part of an agent's configuration that a submission needs.</summary>
/// <param name="Ipv6Prefix">The prefix of the users' addresses; null when it has none.</param>
/// <param name="Packets">Copies of each probe.</param>
/// <param name="ProbingRate">Packets a second.</param>
internal sealed record ProbingInstance(
    [property: JsonPropertyName("src_ipv6_prefix")] string? Ipv6Prefix,
    [property: JsonPropertyName("packets")] ulong Packets,
    [property: JsonPropertyName("probing_rate")] ulong ProbingRate)
{
    // The agent chooses both numbers, so the quotient has a limit.
    public TimeSpan TimePerProbe =>
        TimeSpan.FromSeconds(Math.Min((double)Packets / Math.Max(1, ProbingRate), TimeSpan.FromDays(1).TotalSeconds));

    public static List<ProbingInstance> ReadAll(string? configJson) =>
        configJson is null ? [] : JsonSerializer.Deserialize<List<ProbingInstance>>(configJson) ?? [];
}
