using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Probes.Submit;

/// <summary>What is known of a submission before its body is read.</summary>
/// <param name="Form">The body's media type.</param>
/// <param name="Agents">Those of the query; empty where the body names them.</param>
/// <param name="IdempotencyKey">Null: none.</param>
internal sealed record SubmissionHead(string Form, IReadOnlyList<RequestedAgent> Agents, string? IdempotencyKey)
{
    public const string JsonType = "application/json", NdjsonType = "application/x-ndjson", CsvType = "text/csv";

    public static bool TryRead(HttpRequest request, [NotNullWhen(true)] out SubmissionHead? head, [NotNullWhen(false)] out SubmissionAnswer? refusal)
    {
        head = null;
        refusal = null;
        string form = MediaType(request.ContentType);
        List<RequestedAgent>? agents = [];
        if (form.Length == 0 || request.Headers.ContentEncoding.Count > 0)
        {
            refusal = SubmissionAnswer.PlainText(StatusCodes.Status415UnsupportedMediaType, "Expected request with `Content-Type: application/json`");
            return false;
        }
        if (!IdempotencyHeader.TryRead(request.Headers, out string? key))
            refusal = BadRequest($"Invalid '{IdempotencyHeader.Name}' header: expected one string of 1 to 255 visible ASCII characters");
        else if (form == CsvType && !SubmissionMetadata.TryRead(request.Query["agent"], out agents, out string? reason))
            refusal = BadRequest(reason);
        else if (form == CsvType && agents.Count == 0)
            refusal = BadRequest("text/csv needs an 'agent' query parameter, ID,ADDRESS, for each agent");
        if (refusal is not null)
            return false;
        head = new SubmissionHead(form, agents ?? [], key);
        return true;
    }

    /// <summary>The reader of such a body.</summary>
    public IProbeBody Open(ProbeIntake intake) => Form switch
    {
        NdjsonType => new NdjsonBody(intake),
        CsvType => new CsvBody(intake, Agents),
        _ => new JsonBody(intake),
    };

    private static SubmissionAnswer BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    // Empty: none that is taken. Any of JSON's own, as ever.
    private static string MediaType(string? contentType)
    {
        string type = (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        return type is NdjsonType or CsvType ? type
            : type == JsonType || (type.StartsWith("application/", StringComparison.Ordinal) && type.EndsWith("+json", StringComparison.Ordinal)) ? JsonType
            : "";
    }
}
