using System.Text.Json.Serialization;

namespace SaimirisGateway.Probes.Submit;

/// <summary>Of an agent's configuration what matters to a submission.</summary>
/// <param name="Ipv6Prefix">Its addresses for users; null: none.</param>
/// <param name="Packets">Copies of each probe.</param>
/// <param name="ProbingRate">Packets a second.</param>
internal sealed record ProbingInstance(
    [property: JsonPropertyName("src_ipv6_prefix")] string? Ipv6Prefix,
    [property: JsonPropertyName("packets")] ulong Packets,
    [property: JsonPropertyName("probing_rate")] ulong ProbingRate)
{
    /// <summary>Both numbers are the agent's own words, so the quotient is bounded.</summary>
    public TimeSpan TimePerProbe => TimeSpan.FromSeconds(Math.Min((double)Packets / Math.Max(1, ProbingRate), TimeSpan.FromDays(1).TotalSeconds));
}
