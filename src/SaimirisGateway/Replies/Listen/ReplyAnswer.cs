using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;
using SaimirisGateway.Replies.Pipeline;

namespace SaimirisGateway.Replies.Listen;

/// <summary>
/// The answer to an agent: <c>{"accepted":n,"rejected":{reason:n}}</c> with 202, and <see cref="ErrorBody"/> otherwise. The counts are
/// added to an error when some of the body was read.
/// </summary>
internal sealed record ReplyAnswer(int Status, string? Message = null)
{
    private const string RetryAfterSeconds = "1";

    public ReplyCounters? Counters { get; init; }

    /// <summary>The byte of the body at which the malformed record begins.</summary>
    public long? Offset { get; init; }

    /// <summary>The Allow header of a 405.</summary>
    public string? Allow { get; init; }

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        if (Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds;
        if (Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        if (Allow is not null)
            response.Headers.Allow = Allow;
        response.ContentType = JsonRequest.MediaType;
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
            new ErrorBody(Status, Message).WriteMembers(json);
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
