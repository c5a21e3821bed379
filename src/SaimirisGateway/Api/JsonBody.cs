using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SaimirisGateway.Api;

/// <summary>Reads a request's JSON, 2 MiB at most. A syntax error is 400, a member that is missing or of another type 422.</summary>
internal static class JsonBody
{
    public const int MaxOctets = 2_097_152;

    /// <returns>The value, or the answer that says why there is none.</returns>
    public static async ValueTask<(T? Value, IResult? Refusal)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        if (!IsJson(request.ContentType))
            return (null, ApiAnswer.Text(StatusCodes.Status415UnsupportedMediaType, "Expected request with `Content-Type: application/json`"));
        using var octets = new MemoryStream((int)Math.Clamp(request.ContentLength ?? 0, 0, MaxOctets));
        if (!await TryReadAsync(request, octets))
            return (null, ApiAnswer.Text(StatusCodes.Status413PayloadTooLarge, "Failed to buffer the request body: length limit exceeded"));
        return Parse(octets.GetBuffer().AsSpan(0, (int)octets.Length), type);
    }

    /// <summary>It is JSON, and not of the type.</summary>
    public static IResult ShapeError(string problem) =>
        ApiAnswer.Text(StatusCodes.Status422UnprocessableEntity, $"Failed to deserialize the JSON body into the target type: {problem}");

    private static (T?, IResult?) Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } value ? (value, null) : (null, ShapeError("null is not expected"));
        }
        catch (JsonException e)
        {
            return (null, SyntaxErrorIn(json) is { } error ? ApiAnswer.Text(StatusCodes.Status400BadRequest, $"Failed to parse the request body as JSON: {error}") : ShapeError(ProblemOf(e)));
        }
    }

    // The serializer names types of ours, which say nothing to whoever sent the body.
    private static string ProblemOf(JsonException e)
    {
        const string missing = "including: ", otherType = "could not be converted", noNull = "allow";
        int at = e.Message.IndexOf(missing, StringComparison.Ordinal);
        return at >= 0 ? $"members are missing: {e.Message[(at + missing.Length)..]}"
            : e.Message.Contains(otherType, StringComparison.Ordinal) || e.Message.Contains(noNull, StringComparison.Ordinal) ? $"{e.Path} is of another type, or out of range"
            : e.Message;
    }

    private static string? SyntaxErrorIn(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
            }
            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    private static async ValueTask<bool> TryReadAsync(HttpRequest request, MemoryStream octets)
    {
        if (request.ContentLength > MaxOctets)
            return false;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            bool fits = octets.Length + read.Buffer.Length <= MaxOctets;
            if (fits)
            {
                foreach (var segment in read.Buffer)
                    octets.Write(segment.Span);
            }
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (!fits || read.IsCompleted)
                return fits;
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
        && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));
}
