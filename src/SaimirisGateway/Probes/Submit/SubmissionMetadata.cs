using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace SaimirisGateway.Probes.Submit;

/// <summary>The agents that a submission asks for.</summary>
internal static class SubmissionMetadata
{
    /// <param name="metadata">The member of that name: <c>[{"id":"ams-1","ip_address":"2001:db8::1"}]</c>.</param>
    /// <param name="agents">In the order of the request.</param>
    /// <param name="reason">Why it has not that shape.</param>
    /// <exception cref="InvalidOperationException">A string's escapes are no text.</exception>
    public static bool TryRead(JsonElement metadata, [NotNullWhen(true)] out List<RequestedAgent>? agents, [NotNullWhen(false)] out string? reason)
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

    /// <param name="values">Of the query's <c>agent</c>: ID,ADDRESS each.</param>
    public static bool TryRead(StringValues values, [NotNullWhen(true)] out List<RequestedAgent>? agents, [NotNullWhen(false)] out string? reason)
    {
        agents = null;
        reason = null;
        var read = new List<RequestedAgent>();
        foreach (string? value in values)
        {
            // An address has no comma; an id may.
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

    /// <summary>SHA-256 of the request: its agents in their order, and its probes.</summary>
    public static byte[] Hash(IEnumerable<RequestedAgent> agents, byte[] probesHash)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(agents.Select(agent => new[] { agent.Id, agent.SourceAddress?.ToString() }));
        return SHA256.HashData([.. SHA256.HashData(text), .. probesHash]);
    }

    private static bool TryReadAgent(JsonElement entry, [NotNullWhen(true)] out RequestedAgent? agent, [NotNullWhen(false)] out string? reason)
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
