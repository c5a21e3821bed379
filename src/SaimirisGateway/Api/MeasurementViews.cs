using System.Text.Json.Serialization;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

internal sealed record MeasurementView(
    int CompletedAgents, DateTimeOffset LastUpdated, bool MeasurementCancelled, bool MeasurementComplete, Guid MeasurementId, DateTimeOffset StartedAt,
    int TotalAgents, long TotalExpectedProbes, long TotalSentProbes)
{
    public static MeasurementView Of(MeasurementSummary summary) => new(
        summary.CompletedAgents, summary.LastUpdated, summary.IsCancelled, summary.IsComplete, summary.Id, summary.StartedAt,
        summary.TotalAgents, summary.ExpectedProbes, summary.SentProbes);
}

/// <param name="Agents">In the order in which they were assigned.</param>
internal sealed record MeasurementStatusView(
    IReadOnlyList<AgentProgressView> Agents, int CompletedAgents, DateTimeOffset LastUpdated, bool MeasurementCancelled, bool MeasurementComplete, Guid MeasurementId,
    DateTimeOffset StartedAt, int TotalAgents, long TotalExpectedProbes, long TotalSentProbes)
{
    public static MeasurementStatusView Of(MeasurementDetail detail)
    {
        var summary = detail.Summary;
        return new([.. detail.Agents.Select(AgentProgressView.Of)], summary.CompletedAgents, summary.LastUpdated, summary.IsCancelled, summary.IsComplete, summary.Id,
            summary.StartedAt, summary.TotalAgents, summary.ExpectedProbes, summary.SentProbes);
    }
}

internal sealed record AgentProgressView(string AgentId, bool Cancelled, long ExpectedProbes, bool IsComplete, long SentProbes, DateTimeOffset UpdatedAt)
{
    public static AgentProgressView Of(AgentProgress agent) => new(agent.AgentId, agent.IsCancelled, agent.ExpectedProbes, agent.IsComplete, agent.SentProbes, agent.UpdatedAt);
}

/// <param name="MeasurementCancelled">Null where it cannot be said: the member is left out.</param>
internal sealed record CancellationView(
    int AgentsCancelled, bool Cancelled,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? MeasurementCancelled,
    Guid MeasurementId, string Message)
{
    public static CancellationView Of(Cancellation cancellation, Guid id) => cancellation.Outcome switch
    {
        CancellationOutcome.Cancelled => new(cancellation.Agents, true, true, id, "Measurement cancelled"),
        CancellationOutcome.AlreadyComplete => new(0, false, false, id, "Measurement already complete; nothing to cancel"),
        CancellationOutcome.AlreadyCancelled => new(0, false, true, id, "Measurement already cancelled"),
        _ => new(0, false, null, id, "Measurement already terminal; nothing to cancel"),
    };
}
