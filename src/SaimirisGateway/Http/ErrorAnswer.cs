using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Http;

/// <summary>Answers a request that is refused or failed: with an <see cref="ErrorBody"/>, or in plain text.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">The text for people. It says nothing about the gateway's inside.</param>
internal sealed record ErrorAnswer(int Status, string Message) : IResult
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answer is plain text. The contract asks for that when a body cannot be read at all.</summary>
    public bool IsPlainText { get; init; }

    /// <summary>The time after which the client may try again; null sends no Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ErrorAnswer PlainText(int status, string message) => new(status, message) { IsPlainText = true };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (IsPlainText)
        {
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync(Message, httpContext.RequestAborted);
            return;
        }
        response.ContentType = JsonRequest.MediaType;
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, Json))
        {
            json.WriteStartObject();
            new ErrorBody(Status, Message).WriteMembers(json);
            json.WriteEndObject();
        }
        await response.Body.WriteAsync(body.WrittenMemory, httpContext.RequestAborted);
    }
}

/// <summary>The body of every error: <c>{"error":404,"message":"Measurement not found"}</c>.</summary>
/// <param name="Error">The HTTP status again.</param>
/// <param name="Message">The text for people.</param>
internal sealed record ErrorBody(int Error, string Message)
{
    /// <summary>Writes the two members into the object that <paramref name="json"/> has begun.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteNumber("error", Error);
        json.WriteString("message", Message);
    }
}
