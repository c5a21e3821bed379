using System.Text.Json.Serialization;

namespace SaimirisGateway.Agents;

/// <summary>One probing instance of an agent, as the agent posts it; members that it leaves out have their defaults. All 13 are written, in this order.</summary>
internal sealed record AgentConfig
{
    public string? Name { get; init; }

    public ulong BatchSize { get; init; } = 1000;

    public ushort InstanceId { get; init; }

    public bool DryRun { get; init; }

    public byte? MinTtl { get; init; }

    public byte? MaxTtl { get; init; }

    public bool IntegrityCheck { get; init; }

    public string Interface { get; init; } = "eth0";

    [JsonPropertyName("src_ipv4_prefix")]
    public string? SourceIpv4Prefix { get; init; }

    [JsonPropertyName("src_ipv6_prefix")]
    public string? SourceIpv6Prefix { get; init; }

    public ulong Packets { get; init; } = 10_000;

    /// <summary>Probes a second.</summary>
    public ulong ProbingRate { get; init; } = 1000;

    public string RateLimitingMethod { get; init; } = "None";
}
