namespace Pesto.Pipeline;

/// <summary>The options that change the output.</summary>
internal sealed record PipelineOptions
{
    /// <summary>IPv4 packets make records too, with mapped addresses.</summary>
    public bool IncludeIpv4 { get; init; }

    /// <summary>Agents in each shard whose sequence numbers and drops the pipeline follows.</summary>
    public int MaxAgentsPerShard { get; init; } = 256;
}
