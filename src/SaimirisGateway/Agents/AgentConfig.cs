using System.Text.Json.Serialization;

namespace SaimirisGateway.Agents;

/// <summary>
/// One probing instance of an agent, as the agent posts it. Members that the agent leaves out have these defaults. The API writes all 13,
/// in this order.
/// </summary>
/// <remarks>It has setters because generated deserialization gives an init-only member that is left out the default of its type.</remarks>
internal sealed record AgentConfig
{
    public string? Name { get; set; }

    public ulong BatchSize { get; set; } = 1000;

    public ushort InstanceId { get; set; }

    public bool DryRun { get; set; }

    public byte? MinTtl { get; set; }

    public byte? MaxTtl { get; set; }

    public bool IntegrityCheck { get; set; }

    public string Interface { get; set; } = "eth0";

    [JsonPropertyName("src_ipv4_prefix")]
    public string? SourceIpv4Prefix { get; set; }

    [JsonPropertyName("src_ipv6_prefix")]
    public string? SourceIpv6Prefix { get; set; }

    public ulong Packets { get; set; } = 10_000;

    /// <summary>Probes a second.</summary>
    public ulong ProbingRate { get; set; } = 1000;

    public string RateLimitingMethod { get; set; } = "None";
}
