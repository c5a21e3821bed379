using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Probes.Submit;

/// <summary>The answer to a submission: a measurement, or why there is none.</summary>
/// <param name="Status">200: every batch is acknowledged; 202: it will be sent; else there is no measurement.</param>
/// <param name="Message">Why not; null with 200 and 202.</param>
internal sealed record SubmissionAnswer(int Status, string? Message) : IResult
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body's form is wrong, which is answered in plain text.</summary>
    public bool IsPlainText { get; init; }

    public SubmittedMeasurement? Measurement { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static SubmissionAnswer PlainText(int status, string message) => new(status, message) { IsPlainText = true };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (Measurement is not null)
            await response.WriteAsJsonAsync(Measurement, Json, "application/json", httpContext.RequestAborted);
        else if (IsPlainText)
            await WriteTextAsync(response, httpContext.RequestAborted);
        else
            await response.WriteAsJsonAsync(new SubmissionError(Status, Message!), Json, "application/json", httpContext.RequestAborted);
    }

    private async Task WriteTextAsync(HttpResponse response, CancellationToken cancel)
    {
        response.ContentType = "text/plain; charset=utf-8";
        await response.WriteAsync(Message!, cancel);
    }
}
