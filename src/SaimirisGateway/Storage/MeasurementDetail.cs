namespace SaimirisGateway.Storage;

internal sealed record MeasurementDetail(MeasurementSummary Summary, IReadOnlyList<AgentProgress> Agents);
