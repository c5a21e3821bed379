using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SaimirisGateway.Http;

/// <summary>Reads the JSON of a request, at most 2 MiB, and holds the answers to requests whose JSON cannot be used.</summary>
/// <remarks>A syntax error is 400, and JSON of another shape is 422. All these answers are plain text.</remarks>
internal static class JsonRequest
{
    public const string MediaType = "application/json";
    public const int MaxBytes = 2_097_152;

    public static readonly ErrorAnswer OtherMediaType =
        ErrorAnswer.PlainText(StatusCodes.Status415UnsupportedMediaType, $"Expected request with `Content-Type: {MediaType}`");

    public static readonly ErrorAnswer TooLarge =
        ErrorAnswer.PlainText(StatusCodes.Status413PayloadTooLarge, "Failed to buffer the request body: length limit exceeded");

    public static ErrorAnswer SyntaxError(string problem) =>
        ErrorAnswer.PlainText(StatusCodes.Status400BadRequest, $"Failed to parse the request body as JSON: {problem}");

    public static ErrorAnswer ShapeError(string problem) =>
        ErrorAnswer.PlainText(
            StatusCodes.Status422UnprocessableEntity, $"Failed to deserialize the JSON body into the target type: {problem}");

    /// <summary>True if a Content-Type is <c>application/json</c> or <c>application/*+json</c>.</summary>
    public static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
        && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    /// <returns>The value, or the answer that says why there is none.</returns>
    public static async ValueTask<(T? Value, ErrorAnswer? Refusal)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        if (!IsJson(request.ContentType))
            return (null, OtherMediaType);
        using var body = new MemoryStream((int)Math.Clamp(request.ContentLength ?? 0, 0, MaxBytes));
        return await TryReadAsync(request, body) ? Parse(body.GetBuffer().AsSpan(0, (int)body.Length), type) : (null, TooLarge);
    }

    private static async ValueTask<bool> TryReadAsync(HttpRequest request, MemoryStream body)
    {
        if (request.ContentLength > MaxBytes)
            return false;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            bool fits = body.Length + read.Buffer.Length <= MaxBytes;
            if (fits)
            {
                foreach (var segment in read.Buffer)
                    body.Write(segment.Span);
            }
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (!fits || read.IsCompleted)
                return fits;
        }
    }

    private static (T?, ErrorAnswer?) Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } value ? (value, null) : (null, ShapeError("null is not expected"));
        }
        catch (JsonException e)
        {
            return (null, FindSyntaxError(json) is { } error ? SyntaxError(error) : ShapeError(ProblemOf(e)));
        }
    }

    // The serializer's texts name the gateway's types, which say nothing to the sender of the body.
    private static string ProblemOf(JsonException e)
    {
        const string missing = "including: ", otherType = "could not be converted", noNull = "allow";
        int at = e.Message.IndexOf(missing, StringComparison.Ordinal);
        if (at >= 0)
            return $"members are missing: {e.Message[(at + missing.Length)..]}";
        return e.Message.Contains(otherType, StringComparison.Ordinal) || e.Message.Contains(noNull, StringComparison.Ordinal)
            ? $"{e.Path} is of another type, or out of range"
            : e.Message;
    }

    private static string? FindSyntaxError(ReadOnlySpan<byte> json)
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
}
