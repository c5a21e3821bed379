using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// What an agent is told: <c>{"accepted":n,"rejected":{reason:n}}</c> with 202, and with everything else <c>{"error":status,"message":text}</c>,
/// to which the same is added where some of the body was taken.
/// </summary>
internal sealed record ReplyAnswer(int Status, string? Message = null)
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(1);

    public ReplyCounters? Counters { get; init; }

    /// <summary>Octet of the body at which the first record begins that could not be read.</summary>
    public long? Offset { get; init; }

    /// <summary>With 405.</summary>
    public string? Allow { get; init; }

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        if (Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = $"{Later.TotalSeconds}";
        if (Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (Allow is not null)
            response.Headers.Allow = Allow;
        response.ContentType = "application/json";
        using var json = new MemoryStream();
        Write(json);
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json.GetBuffer().AsMemory(0, (int)json.Length));
    }

    private void Write(Stream output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        if (Message is not null)
        {
            json.WriteNumber("error", Status);
            json.WriteString("message", Message);
        }
        if (Offset is { } offset)
            json.WriteNumber("offset", offset);
        if (Counters is { } counters)
        {
            json.WriteNumber("accepted", counters.Accepted);
            json.WriteStartObject("rejected");
            foreach (var (reason, count) in counters.Rejected)
                json.WriteNumber(reason, count);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
