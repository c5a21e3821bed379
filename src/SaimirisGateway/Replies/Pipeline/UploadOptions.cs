namespace SaimirisGateway.Replies.Pipeline;

/// <summary>The limits of the bodies that carry replies.</summary>
internal sealed record UploadOptions
{
    /// <summary>The caracal ID of agents that do not say theirs; null: the integrity of their probes is not checked.</summary>
    public ushort? CaracalId { get; init; }

    /// <summary>Bodies under way, of all agents.</summary>
    public int MaxBodies { get; init; } = 1024;

    /// <summary>Bodies under way, of one agent.</summary>
    public int MaxBodiesPerAgent { get; init; } = 8;

    /// <summary>The size to which a compressed body may expand. A plain one may be of any length.</summary>
    public long MaxExpandedBytes { get; init; } = 1L << 30;

    /// <summary>How long a body may send nothing before it is given up.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a body waits for a free batch, and its answer for Kafka's acknowledgement.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
