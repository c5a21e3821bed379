namespace SaimirisGateway.Probes.Submit;

/// <summary>The limits of a submission.</summary>
internal sealed record ProbeOptions
{
    /// <summary>Agents of one measurement. Each has a header in every Kafka message.</summary>
    public const int MaxAgents = 256;

    /// <summary>Probes in one body.</summary>
    public long MaxProbes { get; init; } = 5_000_000;

    /// <summary>Bytes of an NDJSON or CSV body.</summary>
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>The time without a byte after which a body is given up.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
