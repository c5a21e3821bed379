namespace SaimirisGateway.Api;

/// <summary>An agent makes itself known.</summary>
internal sealed record AgentRegistration
{
    public required string Id { get; init; }

    public required string Secret { get; init; }
}

/// <summary>How an agent is.</summary>
internal sealed record HealthReport
{
    public required bool Healthy { get; init; }

    /// <summary>Null or left out: now.</summary>
    public DateTimeOffset? LastCheck { get; init; }

    public string? Message { get; init; }
}

/// <summary>How far an agent is with a measurement.</summary>
internal sealed record ProgressReport
{
    /// <summary>All so far.</summary>
    public required uint SentProbes { get; init; }

    public required bool IsComplete { get; init; }
}

/// <param name="MeasurementId">As the path had it.</param>
internal sealed record ProgressView(string AgentId, bool IsComplete, string MeasurementId, long SentProbes, DateTimeOffset UpdatedAt);
