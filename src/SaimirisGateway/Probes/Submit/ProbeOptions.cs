namespace SaimirisGateway.Probes.Submit;

/// <summary>What a submission may be.</summary>
internal sealed record ProbeOptions
{
    /// <summary>Of a body in JSON, which is held in memory.</summary>
    public const int MaxJsonBytes = 2_097_152;

    /// <summary>Agents of one measurement: each is a header of every Kafka message.</summary>
    public const int MaxAgents = 256;

    /// <summary>Probes in one body.</summary>
    public long MaxProbes { get; init; } = 5_000_000;

    /// <summary>Of a body by lines.</summary>
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>A body of which nothing comes for so long is given up.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
