using System.Text.Json.Serialization;

namespace SaimirisGateway.Probes;

internal sealed record SubmittedAgent([property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("ip_address")] string IpAddress);
