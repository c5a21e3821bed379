namespace SaimirisGateway.Api;

/// <summary>What a user may and did submit on the present day, UTC.</summary>
internal sealed record UserView(DateTimeOffset? LastSubmitted, long Limit, long SubmissionCount, long Used, uint UserId);

/// <summary>The source addresses that a user may probe from.</summary>
internal sealed record UserPrefixesView(IReadOnlyList<AgentPrefixesView> Agents, uint UserId);

internal sealed record AgentPrefixesView(string AgentId, IReadOnlyList<PrefixView> Prefixes);

internal sealed record PrefixView(string AgentPrefix, string UserPrefix);
