using Microsoft.AspNetCore.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Submit;

/// <summary>The checks of one submission, in the contract's order, and what they find out.</summary>
internal sealed class SubmissionSteps(IGatewayStore store, TimeProvider time, string userHash)
{
    private IReadOnlyList<RequestedAgent> _requested = [], _distinct = [];
    private AgentAssignment? _assignment;

    public string UserHash => userHash;

    /// <summary>What the user is told where the database fails now.</summary>
    public string Failure { get; private set; } = "";

    public AgentAssignment Assignment => _assignment!;

    /// <summary>What the user can submit now; with a key what he can submit in a day, because the request may be answered already.</summary>
    public async Task<long> MostProbesAsync(bool hasKey, CancellationToken cancel)
    {
        Failure = "Failed to check probe limit";
        var usage = await store.ReadUsageAsync(userHash, time.GetUtcNow(), cancel);
        return Math.Max(0, hasKey ? usage.Limit : usage.Limit - usage.Used);
    }

    /// <summary>Null: every agent has an address, and one only.</summary>
    public SubmissionAnswer? TakeAgents(IReadOnlyList<RequestedAgent> requested)
    {
        if (requested.FirstOrDefault(agent => agent.SourceAddress is null) is { } incomplete)
            return BadRequest($"IP address is required for agent '{incomplete.Id}'");
        _requested = requested;
        _distinct = [.. requested.Distinct()];
        if (_distinct.CountBy(agent => agent.Id).FirstOrDefault(agent => agent.Value > 1) is { Key: { } id })
            return BadRequest($"Agent '{id}' is named with different addresses: a measurement has one address an agent");
        return _distinct.Count <= ProbeOptions.MaxAgents ? null : BadRequest($"At most {ProbeOptions.MaxAgents} agents in one measurement");
    }

    /// <summary>Null: the request has no key.</summary>
    public IdempotencyKey? KeyOf(string? key, byte[] probesHash) => key is null ? null : new IdempotencyKey(key, SubmissionMetadata.Hash(_requested, probesHash));

    /// <summary>What became of an earlier request with the key; null: there was none.</summary>
    public Task<Reservation?> FindReservationAsync(IdempotencyKey key, CancellationToken cancel)
    {
        Failure = "Failed to check probe limit";
        return store.FindReservationAsync(userHash, key, cancel);
    }

    /// <summary>Null: there are agents to assign the probes to, the user may send from all the addresses, and the quota seems to reach.</summary>
    public async Task<SubmissionAnswer?> CheckAsync(long probes, CancellationToken cancel)
    {
        Failure = "Failed to get user ID: the database does not answer";
        uint userId = await store.UserIdAsync(userHash, cancel);
        var now = time.GetUtcNow();
        _assignment = await AgentAssignment.MakeAsync(store, _distinct, userId, now, cancel);
        if (_assignment.Foreign is { } foreign)
            return new SubmissionAnswer(StatusCodes.Status403Forbidden, $"IP address {foreign} is not within your allocated prefix");
        Failure = "Failed to check probe limit";
        var usage = await store.ReadUsageAsync(userHash, now, cancel);
        if (usage.Used + (probes * Math.Max(1, _assignment.Assigned.Count)) > usage.Limit)
            return new SubmissionAnswer(StatusCodes.Status429TooManyRequests, ProbeIntake.QuotaExceeded);
        return _assignment.Assigned.Count > 0 ? null : BadRequest("No healthy agents found for the requested measurement");
    }

    public Task<Reservation> ReserveAsync(NewMeasurement measurement, DateTimeOffset now)
    {
        Failure = "Failed to check probe limit";
        return store.ReserveAsync(measurement, now, CancellationToken.None);
    }

    /// <summary>The measurement that was just reserved.</summary>
    public SubmittedMeasurement Describe(Guid id, long probes) => new(
        id, probes * Assignment.Assigned.Count,
        [.. Assignment.Assigned.Select(agent => new SubmittedAgent(agent.AgentId, $"{agent.SourceAddress}"))],
        Assignment.Unassigned is { Count: > 0 } others ? others : null);

    /// <summary>The measurement of an earlier, equal request.</summary>
    public SubmittedMeasurement Describe(MeasurementDetail earlier)
    {
        var assigned = earlier.Agents.Select(agent => agent.AgentId).ToHashSet();
        var others = _distinct.Where(agent => !assigned.Contains(agent.Id)).Select(agent => new UnassignedAgent(agent.Id, "the agent could not be used at the first request")).ToList();
        return new(
            earlier.Summary.Id, earlier.Summary.ExpectedProbes,
            [.. _distinct.Where(agent => assigned.Contains(agent.Id)).Select(agent => new SubmittedAgent(agent.Id, $"{agent.SourceAddress}"))],
            others.Count > 0 ? others : null);
    }

    private static SubmissionAnswer BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);
}
