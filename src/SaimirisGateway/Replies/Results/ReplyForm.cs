using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;

namespace SaimirisGateway.Replies.Results;

/// <summary>How an answer shows replies.</summary>
internal enum ReplyForm
{
    /// <summary>A page, with a cursor.</summary>
    Json,

    /// <summary>One object a line, all that there are.</summary>
    Ndjson,

    /// <summary>Server-sent events (HTML standard 9.2): those that there are, then each as it comes.</summary>
    EventStream,
}

internal static class ReplyForms
{
    public const string Json = "application/json", Ndjson = "application/x-ndjson", EventStream = "text/event-stream";

    /// <summary>The form that the Accept header likes best; null: it takes none of them.</summary>
    public static ReplyForm? Of(HttpRequest request)
    {
        var accepted = new RequestHeaders(request.Headers).Accept;
        if (accepted.Count == 0)
            return ReplyForm.Json;
        // RFC 9110 12.4.2: no weight is 1, and 0 is not acceptable.
        return accepted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1).Select(type => type.MediaType.Value switch
        {
            Json or "application/*" or "*/*" => ReplyForm.Json,
            Ndjson => ReplyForm.Ndjson,
            EventStream or "text/*" => ReplyForm.EventStream,
            _ => (ReplyForm?)null,
        }).FirstOrDefault(form => form is not null);
    }
}
