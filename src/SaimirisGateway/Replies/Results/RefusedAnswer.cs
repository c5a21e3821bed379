using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Replies.Results;

/// <summary><c>{"error":status,"message":text}</c>.</summary>
internal static class RefusedAnswer
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpResponse response, int status, string message)
    {
        response.StatusCode = status;
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = "1";
        response.ContentType = ReplyForms.Json;
        return response.WriteAsync(new JsonObject { ["error"] = status, ["message"] = message }.ToJsonString(Plain));
    }
}
