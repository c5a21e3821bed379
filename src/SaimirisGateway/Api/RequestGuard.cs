using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Logging;

namespace SaimirisGateway.Api;

/// <summary>
/// Around every request: counts it, and makes an answer of what a handler could not deal with. While the database is away that is 503 with
/// Retry-After. What went wrong stands in the log, never in the answer.
/// </summary>
internal sealed class RequestGuard(GatewayMetrics metrics, ILogger logger, TimeProvider time)
{
    public const string RetryAfterSeconds = "2";

    /// <summary>Of nginx: the client has gone before there was an answer. It is counted, nobody reads it.</summary>
    private const int ClientClosedRequest = 499;

    // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN.
    private static readonly int[] PassingErrors = [5, 6, 10, 13, 14];

    private readonly LogSampler _lines = new(20, TimeSpan.FromMinutes(1), time);

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        long began = time.GetTimestamp();
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            if (!http.Response.HasStarted)
                http.Response.StatusCode = ClientClosedRequest;
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await ApiAnswer.Error(e.StatusCode, e.Message).ExecuteAsync(http);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            await AnswerAsync(http, e);
        }
        string path = PathOf(http);
        metrics.OnRequest(http.Request.Method, path, http.Response.StatusCode);
        logger.RequestEnded(http.Request.Method, path, http.Response.StatusCode, time.GetElapsedTime(began).TotalMilliseconds);
    }

    /// <summary>Whether the database may take the same request a moment later.</summary>
    private static bool IsPassing(Exception e) =>
        e is TimeoutException or DbException { IsTransient: true } || (e is SqliteException sqlite && PassingErrors.Contains(sqlite.SqliteErrorCode));

    private static string PathOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "unmatched";

    private async Task AnswerAsync(HttpContext http, Exception e)
    {
        if (_lines.TryTakeLeftOut(out long leftOut))
            logger.RequestLinesLeftOut(leftOut);
        if (_lines.TryTake())
            logger.RequestFailed(e, http.Request.Method, PathOf(http));
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }
        bool isPassing = IsPassing(e);
        string message = (http.Features.Get<FailureText>() ?? FailureText.Unknown).Message;
        http.Response.Clear();
        if (isPassing)
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
        await ApiAnswer.Error(isPassing ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError, message).ExecuteAsync(http);
    }
}
