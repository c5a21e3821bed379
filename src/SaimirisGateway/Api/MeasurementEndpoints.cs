using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Http;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>Answers users who list, follow or cancel their measurements.</summary>
internal sealed class MeasurementEndpoints(GatewayStore store, TimeProvider time)
{
    private static readonly ErrorAnswer NotFound = new(StatusCodes.Status404NotFound, "Measurement not found");

    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("Measurements");
        routes.MapRead("/api/measurements", ListAsync).WithSummary("Your measurements")
            .Produces<IReadOnlyList<MeasurementView>>().Produces<ErrorBody>(StatusCodes.Status400BadRequest);
        routes.MapRead("/api/measurement/{id}/status", FindAsync).WithSummary("How far a measurement is")
            .Produces<MeasurementStatusView>()
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status404NotFound);
        routes.MapWrite("/api/measurement/{id}/cancel", CancelAsync).WithSummary("Cancels what no agent has finished")
            .Produces<CancellationView>()
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    // The parameters are for the OpenAPI document. RepeatedName reads the query too, because a repeated name is an error.
    private async Task<IResult> ListAsync(
        HttpContext http, string? limit, string? status, string? since, string? until, string? agent, string? sort, string? reverse)
    {
        if (MeasurementListQuery.RepeatedName(http.Request.Query) is { } name)
            return ErrorAnswer.PlainText(StatusCodes.Status400BadRequest, $"Failed to deserialize query string: duplicate field `{name}`");
        if (!new MeasurementListQuery(limit, status, since, until, agent, sort, reverse).TryRead(out var query, out string problem))
            return new ErrorAnswer(StatusCodes.Status400BadRequest, problem);
        var found = await store.ListMeasurementsAsync(http.UserHash(), query, http.RequestAborted)
            .OrFail("Failed to retrieve measurements");
        return ApiAnswer.Json([.. found.Select(MeasurementView.From)], ApiJson.Instance.IReadOnlyListMeasurementView);
    }

    private async Task<IResult> FindAsync(string id, HttpContext http)
    {
        if (!MeasurementIdText.TryParse(id, out var measurement))
            return MeasurementIdText.Invalid;
        var detail = await store.FindMeasurementAsync(http.UserHash(), measurement, http.RequestAborted)
            .OrFail("Failed to retrieve measurement status");
        return detail is null ? NotFound : ApiAnswer.Json(MeasurementStatusView.From(detail), ApiJson.Instance.MeasurementStatusView);
    }

    private async Task<IResult> CancelAsync(string id, HttpContext http)
    {
        if (!MeasurementIdText.TryParse(id, out var measurement))
            return MeasurementIdText.Invalid;
        var cancellation = await store.CancelMeasurementAsync(http.UserHash(), measurement, time.GetUtcNow(), http.RequestAborted)
            .OrFail("Failed to cancel measurement");
        return cancellation is null
            ? NotFound
            : ApiAnswer.Json(CancellationView.From(cancellation, measurement), ApiJson.Instance.CancellationView);
    }
}
