using System.Net;

namespace SaimirisGateway.Storage;

/// <param name="Limit">Probes a day.</param>
/// <param name="Used">Probes, times agents, of the day.</param>
/// <param name="Submissions">Measurements of the day.</param>
/// <param name="LastSubmitted">When a row of the day last changed.</param>
internal sealed record UserUsage(long Limit, long Used, long Submissions, DateTimeOffset? LastSubmitted);

internal sealed record AgentHealth(bool IsHealthy, DateTimeOffset LastCheck, string? Message);

/// <param name="SecretHash">SHA-256 of the registration secret's UTF-8.</param>
/// <param name="ConfigJson">As posted, with defaults filled; null until posted.</param>
internal sealed record StoredAgent(string Id, byte[] SecretHash, string? ConfigJson, AgentHealth? Health, DateTimeOffset LastSeen);

internal sealed record AssignedAgent(string AgentId, IPAddress SourceAddress);

/// <param name="ProbeCount">Of one agent; the quota takes it for each.</param>
/// <param name="Agents">In the order of the request, each once.</param>
/// <param name="ProbesFile">Name of the file in the outbox directory that holds the encoded probes.</param>
/// <param name="Deadline">When what is not complete is cancelled.</param>
internal sealed record NewMeasurement(
    Guid Id, string UserHash, long ProbeCount, IReadOnlyList<AssignedAgent> Agents, string ProbesFile, DateTimeOffset Deadline, IdempotencyKey? Key);

/// <param name="Key">Of the request's header.</param>
/// <param name="RequestHash">SHA-256 of the request.</param>
internal sealed record IdempotencyKey(string Key, byte[] RequestHash);

internal enum ReservationOutcome
{
    Reserved,
    LimitExceeded,

    /// <summary>The same request was reserved before: <see cref="Reservation.MeasurementId"/> is that one's.</summary>
    Repeated,

    /// <summary>The key stands for another request.</summary>
    KeyReused,
}

internal sealed record Reservation(ReservationOutcome Outcome, Guid MeasurementId);

internal sealed record OutboxEntry(
    Guid MeasurementId, string UserHash, long ProbeCount, IReadOnlyList<AssignedAgent> Agents, string ProbesFile, int BatchesBegun, int BatchesSent, DateTimeOffset Deadline);

[Flags]
internal enum MeasurementStates
{
    None = 0,
    Complete = 1,
    InProgress = 2,
    Cancelled = 4,
}

/// <param name="States">Any of them; None: all.</param>
/// <param name="Since">Inclusive, of the start.</param>
/// <param name="Until">Inclusive, of the start.</param>
internal sealed record MeasurementQuery(int Limit, MeasurementStates States, DateTimeOffset? Since, DateTimeOffset? Until, string? AgentId, bool SortByStart, bool OldestFirst);

internal record MeasurementSummary(
    Guid Id, int TotalAgents, int CompletedAgents, long ExpectedProbes, long SentProbes, bool IsComplete, bool IsCancelled, DateTimeOffset StartedAt, DateTimeOffset LastUpdated);

internal sealed record MeasurementDetail(MeasurementSummary Summary, IReadOnlyList<AgentProgress> Agents);

internal sealed record AgentProgress(string AgentId, long ExpectedProbes, long SentProbes, bool IsComplete, bool IsCancelled, DateTimeOffset UpdatedAt);

internal enum CancellationOutcome
{
    Cancelled,
    AlreadyComplete,
    AlreadyCancelled,
    AlreadyTerminal,
}

internal sealed record Cancellation(CancellationOutcome Outcome, int Agents);

internal sealed record ActiveSource(string AgentId, IPAddress SourceAddress, Guid MeasurementId);
