namespace SaimirisGateway.Storage;

/// <param name="ProbeCount">Of one agent; the quota takes it for each.</param>
/// <param name="Agents">In the order of the request, each once.</param>
/// <param name="ProbesFile">Name of the file in the outbox directory that holds the encoded probes.</param>
/// <param name="Deadline">When what is not complete is cancelled.</param>
internal sealed record NewMeasurement(
    Guid Id, string UserHash, long ProbeCount, IReadOnlyList<AssignedAgent> Agents, string ProbesFile, DateTimeOffset Deadline, IdempotencyKey? Key);
