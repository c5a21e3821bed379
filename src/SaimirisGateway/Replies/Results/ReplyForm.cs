using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;

namespace SaimirisGateway.Replies.Results;

/// <summary>The form of an answer with replies.</summary>
internal enum ReplyForm
{
    /// <summary>A page, with a cursor.</summary>
    Json,

    /// <summary>All replies, one object a line.</summary>
    Ndjson,

    /// <summary>Server-sent events (HTML standard 9.2): the stored replies, then each reply when it arrives.</summary>
    EventStream,
}

internal static class ReplyForms
{
    public const string Json = "application/json", Ndjson = "application/x-ndjson", EventStream = "text/event-stream";

    /// <summary>Returns the form that the Accept header prefers, or null when it accepts none.</summary>
    public static ReplyForm? Choose(HttpRequest request)
    {
        var accepted = new RequestHeaders(request.Headers).Accept;
        if (accepted.Count == 0)
            return ReplyForm.Json;
        // RFC 9110 12.4.2: a missing weight is 1, and 0 means not acceptable.
        return accepted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1)
            .Select(type => Find(type.MediaType.Value)).FirstOrDefault(form => form is not null);
    }

    private static ReplyForm? Find(string? mediaType) => mediaType switch
    {
        Json or "application/*" or "*/*" => ReplyForm.Json,
        Ndjson => ReplyForm.Ndjson,
        EventStream or "text/*" => ReplyForm.EventStream,
        _ => null,
    };
}
