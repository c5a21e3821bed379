using System.Text.Json.Serialization;

namespace SaimirisGateway.Probes.Submit;

internal sealed record SubmittedAgent([property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("ip_address")] string IpAddress);
