using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Submit;

/// <summary>The answer to an accepted submission, with the contract's names and order.</summary>
/// <param name="Id">A UUID of version 4.</param>
/// <param name="Probes">The probes of all assigned agents.</param>
/// <param name="Agents">The assigned agents, in the order of the request.</param>
/// <param name="UnassignedAgents">The other agents; null leaves the member out.</param>
internal sealed record AcceptedMeasurement(
    [property: JsonPropertyName("id")] Guid Id,
    [property: JsonPropertyName("probes")] long Probes,
    [property: JsonPropertyName("agents")] IReadOnlyList<AcceptedAgent> Agents,
    [property: JsonPropertyName("unassigned_agents"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<UnassignedAgent>? UnassignedAgents)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Describes a measurement that was just reserved.</summary>
    public static AcceptedMeasurement From(NewMeasurement measurement, IReadOnlyList<UnassignedAgent> others) => new(
        measurement.Id, measurement.ProbeCount * measurement.Agents.Count,
        [.. measurement.Agents.Select(agent => new AcceptedAgent(agent.AgentId, $"{agent.SourceAddress}"))],
        others.Count > 0 ? others : null);

    /// <summary>Describes the measurement of an earlier, equal request.</summary>
    public static AcceptedMeasurement From(MeasurementDetail earlier, IReadOnlyList<RequestedAgent> requested)
    {
        var assigned = earlier.Agents.Select(agent => agent.AgentId).ToHashSet();
        var others = requested.Where(agent => !assigned.Contains(agent.Id))
            .Select(agent => new UnassignedAgent(agent.Id, "the agent could not be used at the first request")).ToList();
        return new(
            earlier.Summary.Id, earlier.Summary.ExpectedProbes,
            [.. requested.Where(agent => assigned.Contains(agent.Id))
                .Select(agent => new AcceptedAgent(agent.Id, $"{agent.SourceAddress}"))],
            others.Count > 0 ? others : null);
    }

    public IResult ToResult(int status) => TypedResults.Json(this, Json, JsonRequest.MediaType, status);
}

internal sealed record AcceptedAgent(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("ip_address")] string IpAddress);

/// <summary>An agent that the request names and that gets no probes.</summary>
/// <param name="Reason">The text for people.</param>
internal sealed record UnassignedAgent(
    [property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("reason")] string Reason);
