using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Submit.Bodies;

namespace SaimirisGateway.Probes.Submit;

/// <summary>The part of a submission that is known before its body is read.</summary>
/// <param name="MediaType">The form of the body.</param>
/// <param name="Agents">The agents of the query; empty when the body names them.</param>
/// <param name="IdempotencyKey">The key of the request; null when it has none.</param>
internal sealed record SubmissionHeaders(string MediaType, IReadOnlyList<RequestedAgent> Agents, string? IdempotencyKey)
{
    public const string NdjsonType = "application/x-ndjson", CsvType = "text/csv";

    /// <summary>
    /// The header of draft-ietf-httpapi-idempotency-key-header. Its value is a structured string ("k"). The quotes may be missing.
    /// </summary>
    public const string KeyName = "Idempotency-Key";

    private const int MaxKeyCharacters = 255;

    public bool IsJson => MediaType == JsonRequest.MediaType;

    public static bool TryRead(
        HttpRequest request, [NotNullWhen(true)] out SubmissionHeaders? headers, [NotNullWhen(false)] out ErrorAnswer? refusal)
    {
        headers = null;
        refusal = null;
        List<RequestedAgent>? agents = [];
        if (ReadMediaType(request.ContentType) is not { } type || request.Headers.ContentEncoding.Count > 0)
            refusal = JsonRequest.OtherMediaType;
        else if (!TryReadKey(request.Headers, out string? key))
            refusal = BadRequest($"Invalid '{KeyName}' header: expected one string of 1 to 255 visible ASCII characters");
        else if (type == CsvType && !RequestedAgents.TryRead(request.Query["agent"], out agents, out string? reason))
            refusal = BadRequest(reason);
        else if (type == CsvType && agents.Count == 0)
            refusal = BadRequest("text/csv needs an 'agent' query parameter, ID,ADDRESS, for each agent");
        else
            headers = new SubmissionHeaders(type, agents, key);
        return headers is not null;
    }

    /// <summary>Creates the reader of the body.</summary>
    public IProbeBody CreateBody(ProbeAppender probes) => MediaType switch
    {
        NdjsonType => new NdjsonBody(probes),
        CsvType => new CsvBody(probes, Agents),
        _ => new JsonBody(probes),
    };

    // Returns false when the key is invalid. The key is null when the request has none.
    private static bool TryReadKey(IHeaderDictionary headers, out string? key)
    {
        key = null;
        if (!headers.TryGetValue(KeyName, out var values) || values.Count == 0)
            return true;
        string text = values.ToString().Trim();
        if (text is ['"', .., '"'])
            text = text[1..^1];
        key = text;
        return values.Count == 1 && text.Length is > 0 and <= MaxKeyCharacters
            && text.All(c => c is > ' ' and <= '~' and not '"' and not '\\');
    }

    // Null: another type. All kinds of JSON are the same form.
    private static string? ReadMediaType(string? contentType)
    {
        string type = (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        return type is NdjsonType or CsvType ? type : JsonRequest.IsJson(contentType) ? JsonRequest.MediaType : null;
    }

    private static ErrorAnswer BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);
}
