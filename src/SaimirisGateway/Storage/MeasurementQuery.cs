namespace SaimirisGateway.Storage;

/// <param name="States">Any of them; None: all.</param>
/// <param name="Since">Inclusive, of the start.</param>
/// <param name="Until">Inclusive, of the start.</param>
internal sealed record MeasurementQuery(int Limit, MeasurementStates States, DateTimeOffset? Since, DateTimeOffset? Until, string? AgentId, bool SortByStart, bool OldestFirst);
