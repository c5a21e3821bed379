using System.Text.Json.Serialization;

namespace SaimirisGateway.Probes.Submit;

/// <summary>An agent that was asked for and gets no probes.</summary>
/// <param name="Reason">In words for people.</param>
internal sealed record UnassignedAgent([property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("reason")] string Reason);
