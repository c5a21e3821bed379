using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Records;

namespace SaimirisGateway.Replies.Results;

/// <summary><c>GET /api/measurement/{id}/replies</c>, behind the check of who asks: pages, lines, or a live stream.</summary>
internal sealed class MeasurementResults : IAsyncDisposable
{
    public const int DefaultLimit = 1000, MaxLimit = 10_000;

    private readonly IGatewayStore _store;
    private readonly ActiveMeasurements _active;
    private readonly IReplyHistory _history;
    private readonly LiveReplies _live;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;

    public MeasurementResults(ResultOptions options, CollectorIdentity gateway, IGatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_store, _metrics, _logger) = (store, metrics, logger);
        Kept = new KeptReplies(options.MemoryBytes, gateway.EpochNs, metrics);
        _active = new ActiveMeasurements(options, store, Kept, logger, time);
        _history = options.ClickHouseUrl is { } url ? new ClickHouseHistory(url, store, options) : new KeptHistory(Kept);
        _live = new LiveReplies(options, Kept, _active, metrics, time);
    }

    /// <summary>For the pipelines of the bodies.</summary>
    public KeptReplies Kept { get; }

    /// <summary>Reads which measurements are active. To be called before the first body can come.</summary>
    public Task StartAsync(CancellationToken cancel) => _active.StartAsync(cancel);

    /// <summary>A measurement is reserved, and nothing of it produced yet: from now on its replies are kept.</summary>
    public void OnReserved(NewMeasurement measurement) => _active.Add(measurement);

    /// <summary>Answers the request of a user whose token was checked.</summary>
    /// <param name="userHash">Of the token's subject.</param>
    public async Task AnswerAsync(HttpContext http, string userHash, Guid measurementId)
    {
        var cancel = http.RequestAborted;
        if (await _store.FindMeasurementAsync(userHash, measurementId, cancel) is not { } measurement)
            await RefusedAnswer.WriteAsync(http.Response, StatusCodes.Status404NotFound, "Measurement not found");
        else if (ReplyForms.Of(http.Request) is not { } form)
            await RefusedAnswer.WriteAsync(http.Response, StatusCodes.Status406NotAcceptable, $"Accept has to take {ReplyForms.Json}, {ReplyForms.Ndjson} or {ReplyForms.EventStream}");
        else if (!ResultQuery.TryRead(http.Request, measurement, out var query, out string problem))
            await RefusedAnswer.WriteAsync(http.Response, StatusCodes.Status400BadRequest, problem);
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

    private async Task AnswerFromHistoryAsync(HttpResponse response, ReplyForm form, MeasurementDetail measurement, ResultQuery query, CancellationToken cancel)
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
            // Half an answer must not look like a whole one.
            if (response.HasStarted)
                response.HttpContext.Abort();
            else
                await RefusedAnswer.WriteAsync(response, StatusCodes.Status503ServiceUnavailable, "the replies cannot be read at the moment: ask again later");
        }
    }
}
