using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Decode;

namespace SaimirisGateway.Probes.Submit;

/// <summary>An agent that the user names, and the address that it sends from; the address is null when the request has none.</summary>
internal sealed record RequestedAgent(string Id, IPAddress? SourceAddress);

/// <summary>Reads and checks the agents that a submission names.</summary>
internal static class RequestedAgents
{
    /// <param name="metadata">The body's member of that name: <c>[{"id":"ams-1","ip_address":"2001:db8::1"}]</c>.</param>
    /// <param name="agents">In the order of the request.</param>
    /// <param name="reason">The reason why the member has another shape.</param>
    /// <exception cref="InvalidOperationException">The escapes of a string are not valid Unicode.</exception>
    public static bool TryRead(
        JsonElement metadata, [NotNullWhen(true)] out List<RequestedAgent>? agents, [NotNullWhen(false)] out string? reason)
    {
        agents = null;
        reason = "metadata: expected an array of objects";
        if (metadata.ValueKind != JsonValueKind.Array)
            return false;
        var read = new List<RequestedAgent>();
        foreach (var entry in metadata.EnumerateArray())
        {
            if (!TryReadAgent(entry, out var agent, out reason))
            {
                reason = $"metadata[{read.Count}]: {reason}";
                return false;
            }
            read.Add(agent);
        }
        agents = read;
        return true;
    }

    /// <param name="values">The query's <c>agent</c> parameters, each of the form ID,ADDRESS.</param>
    public static bool TryRead(
        StringValues values, [NotNullWhen(true)] out List<RequestedAgent>? agents, [NotNullWhen(false)] out string? reason)
    {
        agents = null;
        reason = null;
        var read = new List<RequestedAgent>();
        foreach (string? value in values)
        {
            // An address has no comma; an id may have one.
            int comma = value!.LastIndexOf(',');
            if (comma <= 0 || !ProbeFields.TryReadLiteral(value[(comma + 1)..], out var address))
            {
                reason = $"Invalid 'agent' query parameter '{value}': expected ID,ADDRESS";
                return false;
            }
            read.Add(new RequestedAgent(value[..comma], address));
        }
        agents = read;
        return true;
    }

    /// <summary>Checks that each agent has one address, and that there are not too many.</summary>
    /// <param name="distinct">Each agent once.</param>
    public static bool TryCheck(
        IReadOnlyList<RequestedAgent> requested, out IReadOnlyList<RequestedAgent> distinct, [NotNullWhen(false)] out ErrorAnswer? refusal)
    {
        distinct = [.. requested.Distinct()];
        string? problem = null;
        if (requested.FirstOrDefault(agent => agent.SourceAddress is null) is { } incomplete)
            problem = $"IP address is required for agent '{incomplete.Id}'";
        else if (distinct.CountBy(agent => agent.Id).FirstOrDefault(agent => agent.Value > 1) is { Key: { } id })
            problem = $"Agent '{id}' is named with different addresses: a measurement has one address an agent";
        else if (distinct.Count > ProbeOptions.MaxAgents)
            problem = $"At most {ProbeOptions.MaxAgents} agents in one measurement";
        refusal = problem is null ? null : new ErrorAnswer(StatusCodes.Status400BadRequest, problem);
        return problem is null;
    }

    /// <summary>Returns the SHA-256 of a request: its agents in their order, and the hash of its probes.</summary>
    public static byte[] Hash(IEnumerable<RequestedAgent> agents, byte[] probesHash)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(agents.Select(agent => new[] { agent.Id, agent.SourceAddress?.ToString() }));
        return SHA256.HashData([.. SHA256.HashData(text), .. probesHash]);
    }

    private static bool TryReadAgent(
        JsonElement entry, [NotNullWhen(true)] out RequestedAgent? agent, [NotNullWhen(false)] out string? reason)
    {
        agent = null;
        reason = "expected an object";
        if (entry.ValueKind != JsonValueKind.Object)
            return false;
        reason = "missing field `id`, a string";
        if (!entry.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.String)
            return false;
        reason = "invalid IP address syntax in `ip_address`";
        IPAddress? address = null;
        bool isAbsent = !entry.TryGetProperty("ip_address", out var text) || text.ValueKind == JsonValueKind.Null;
        if (!isAbsent && (text.ValueKind != JsonValueKind.String || !ProbeFields.TryReadLiteral(text.GetString()!, out address)))
            return false;
        agent = new RequestedAgent(id.GetString()!, address);
        reason = null;
        return true;
    }
}
