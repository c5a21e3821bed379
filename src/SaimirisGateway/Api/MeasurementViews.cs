using System.Text.Json.Serialization;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>A measurement in a user's list.</summary>
internal sealed record MeasurementView(
    int CompletedAgents, DateTimeOffset LastUpdated, bool MeasurementCancelled, bool MeasurementComplete, Guid MeasurementId,
    DateTimeOffset StartedAt, int TotalAgents, long TotalExpectedProbes, long TotalSentProbes)
{
    public static MeasurementView From(MeasurementSummary summary) => new(
        summary.CompletedAgents, summary.LastUpdated, summary.IsCancelled, summary.IsComplete, summary.Id, summary.StartedAt,
        summary.TotalAgents, summary.ExpectedProbes, summary.SentProbes);
}

/// <summary>A measurement with the progress of its agents.</summary>
/// <param name="Agents">In the order in which they were assigned.</param>
internal sealed record MeasurementStatusView(
    IReadOnlyList<AgentProgressView> Agents, int CompletedAgents, DateTimeOffset LastUpdated, bool MeasurementCancelled,
    bool MeasurementComplete, Guid MeasurementId, DateTimeOffset StartedAt, int TotalAgents, long TotalExpectedProbes, long TotalSentProbes)
{
    public static MeasurementStatusView From(MeasurementDetail detail)
    {
        var summary = detail.Summary;
        return new(
            [.. detail.Agents.Select(AgentProgressView.From)], summary.CompletedAgents, summary.LastUpdated, summary.IsCancelled,
            summary.IsComplete, summary.Id, summary.StartedAt, summary.TotalAgents, summary.ExpectedProbes, summary.SentProbes);
    }
}

internal sealed record AgentProgressView(
    string AgentId, bool Cancelled, long ExpectedProbes, bool IsComplete, long SentProbes, DateTimeOffset UpdatedAt)
{
    public static AgentProgressView From(AgentProgress agent) =>
        new(agent.AgentId, agent.IsCancelled, agent.ExpectedProbes, agent.IsComplete, agent.SentProbes, agent.UpdatedAt);
}

/// <summary>The answer to a cancellation.</summary>
/// <param name="MeasurementCancelled">Null leaves the member out: it is unknown.</param>
internal sealed record CancellationView(
    int AgentsCancelled, bool Cancelled,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? MeasurementCancelled,
    Guid MeasurementId, string Message)
{
    public static CancellationView From(Cancellation cancellation, Guid id) => cancellation.Status switch
    {
        CancellationStatus.Cancelled => new(cancellation.Agents, true, true, id, "Measurement cancelled"),
        CancellationStatus.AlreadyComplete => new(0, false, false, id, "Measurement already complete; nothing to cancel"),
        CancellationStatus.AlreadyCancelled => new(0, false, true, id, "Measurement already cancelled"),
        _ => new(0, false, null, id, "Measurement already terminal; nothing to cancel"),
    };
}
