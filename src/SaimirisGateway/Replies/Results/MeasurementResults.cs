using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Http;
using SaimirisGateway.Replies.Results.ClickHouse;
using SaimirisGateway.Replies.Results.Memory;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Records;

namespace SaimirisGateway.Replies.Results;

/// <summary>Answers <c>GET /api/measurement/{id}/replies</c> after the authentication: with pages, lines, or a live stream.</summary>
internal sealed class MeasurementResults : IAsyncDisposable
{
    public const int DefaultLimit = 1000, MaxLimit = 10_000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly GatewayStore _store;
    private readonly ReplyMemory _memory;
    private readonly ActiveMeasurements _active;
    private readonly IReplyHistory _history;
    private readonly LiveReplies _live;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;

    public MeasurementResults(
        ResultOptions options, CollectorIdentity gateway, GatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_store, _metrics, _logger) = (store, metrics, logger);
        _memory = new ReplyMemory(options.MemoryBytes, gateway.EpochNs, metrics);
        _active = new ActiveMeasurements(options, store, _memory, logger, time);
        _history = options.ClickHouseUrl is { } url ? new ClickHouseHistory(url, store, options) : new MemoryHistory(_memory);
        _live = new LiveReplies(options, _memory, _active, metrics, time);
    }

    /// <summary>Reads which measurements are active. The caller awaits it before the first body can arrive.</summary>
    public Task StartAsync(CancellationToken cancel) => _active.StartAsync(cancel);

    /// <summary>Stores the replies of a measurement from now on. It is reserved, and nothing of it is produced yet.</summary>
    public void OnReserved(NewMeasurement measurement) => _active.Add(measurement);

    /// <summary>Stores an agent's replies that belong to an active measurement.</summary>
    /// <param name="messages">Whole <c>Reply</c> messages as they become part of a batch, under the gate of the agent's shard.</param>
    public void OnCommitted(string agentId, ReadOnlySpan<byte> messages) => _memory.Add(agentId, messages);

    /// <summary>Answers the request of a user whose token was checked.</summary>
    public async Task AnswerAsync(HttpContext http, string userHash, Guid measurementId)
    {
        var cancel = http.RequestAborted;
        if (await _store.FindMeasurementAsync(userHash, measurementId, cancel) is not { } measurement)
            await RefuseAsync(http, StatusCodes.Status404NotFound, "Measurement not found");
        else if (ReplyForms.Choose(http.Request) is not { } form)
        {
            await RefuseAsync(http, StatusCodes.Status406NotAcceptable,
                $"Accept has to take {ReplyForms.Json}, {ReplyForms.Ndjson} or {ReplyForms.EventStream}");
        }
        else if (!ResultQuery.TryRead(http.Request, measurement, out var query, out string problem))
            await RefuseAsync(http, StatusCodes.Status400BadRequest, problem);
        else if (form == ReplyForm.EventStream)
            await _live.AnswerAsync(http, userHash, measurement, query);
        else
            await AnswerFromHistoryAsync(http.Response, form, measurement, query, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _active.DisposeAsync();
        if (_history is IDisposable history)
            history.Dispose();
    }

    /// <summary>Answers with an error. 429 and 503 pass, so they have a Retry-After.</summary>
    public static Task RefuseAsync(HttpContext http, int status, string message)
    {
        bool passes = status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
        return new ErrorAnswer(status, message) { RetryAfter = passes ? RetryAfter : null }.ExecuteAsync(http);
    }

    private async Task AnswerFromHistoryAsync(
        HttpResponse response, ReplyForm form, MeasurementDetail measurement, ResultQuery query, CancellationToken cancel)
    {
        try
        {
            if (form == ReplyForm.Json)
                await PageAnswer.WriteAsync(response, _history, measurement, query, cancel);
            else
                await LinesAnswer.WriteAsync(response, _history, measurement, query, cancel);
        }
        catch (HistoryException e)
        {
            _metrics.OnHistoryError();
            _logger.HistoryNotRead(measurement.Summary.Id, e.Message);
            // The client must not take a part of the answer for all of it.
            if (response.HasStarted)
                response.HttpContext.Abort();
            else
            {
                await RefuseAsync(response.HttpContext, StatusCodes.Status503ServiceUnavailable,
                    "the replies cannot be read at the moment: ask again later");
            }
        }
    }
}
