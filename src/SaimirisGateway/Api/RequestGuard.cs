using System.Data.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Http;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Logging;

namespace SaimirisGateway.Api;

/// <summary>
/// Runs each request: counts it, and answers when the handler throws. The answer is 503 with Retry-After while the database does not
/// answer, and 500 otherwise. The exception is in the log, never in the answer.
/// </summary>
internal sealed class RequestGuard(GatewayMetrics metrics, ILogger logger, TimeProvider time)
{
    // The status that nginx counts when the client has gone before the answer.
    private const int ClientClosedRequest = 499;

    // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN.
    private static readonly int[] TransientErrors = [5, 6, 10, 13, 14];

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

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
            await new ErrorAnswer(e.StatusCode, e.Message).ExecuteAsync(http);
        }
        catch (StoreFailedException e)
        {
            await AnswerAsync(http, e.InnerException!, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            await AnswerAsync(http, e, "Internal error");
        }
        string path = PathOf(http);
        metrics.OnRequest(http.Request.Method, path, http.Response.StatusCode);
        logger.RequestEnded(http.Request.Method, path, http.Response.StatusCode, time.GetElapsedTime(began).TotalMilliseconds);
    }

    // True if the same request may succeed a moment later.
    private static bool IsTransient(Exception e) =>
        e is TimeoutException or DbException { IsTransient: true }
        || (e is SqliteException sqlite && TransientErrors.Contains(sqlite.SqliteErrorCode));

    private static string PathOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "unmatched";

    private async Task AnswerAsync(HttpContext http, Exception e, string message)
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
        http.Response.Clear();
        var answer = IsTransient(e)
            ? new ErrorAnswer(StatusCodes.Status503ServiceUnavailable, message) { RetryAfter = RetryAfter }
            : new ErrorAnswer(StatusCodes.Status500InternalServerError, message);
        await answer.ExecuteAsync(http);
    }
}
