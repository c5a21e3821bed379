namespace Pesto.Pipeline;

/// <summary>What changes the output.</summary>
internal sealed record PipelineOptions
{
    /// <summary>IPv4 packets make records too, their addresses mapped.</summary>
    public bool IncludeIpv4 { get; init; }

    /// <summary>Agents whose sequence numbers and drops are followed, in each shard.</summary>
    public int MaxAgentsPerShard { get; init; } = 256;
}
