using System.Text.Json.Serialization;

namespace SaimirisGateway.Probes.Submit;

/// <summary>An accepted measurement, in the contract's words and order.</summary>
/// <param name="Id">UUID, version 4.</param>
/// <param name="Probes">Of all assigned agents.</param>
/// <param name="Agents">The assigned ones, in the order of the request.</param>
/// <param name="UnassignedAgents">The others; null: none.</param>
internal sealed record SubmittedMeasurement(
    [property: JsonPropertyName("id")] Guid Id,
    [property: JsonPropertyName("probes")] long Probes,
    [property: JsonPropertyName("agents")] IReadOnlyList<SubmittedAgent> Agents,
    [property: JsonPropertyName("unassigned_agents"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<UnassignedAgent>? UnassignedAgents);
