namespace SaimirisGateway.Storage;

/// <param name="Limit">Probes a day.</param>
/// <param name="Used">Probes, times agents, of the day.</param>
/// <param name="Submissions">Measurements of the day.</param>
/// <param name="LastSubmitted">When a row of the day last changed.</param>
internal sealed record UserUsage(long Limit, long Used, long Submissions, DateTimeOffset? LastSubmitted);
