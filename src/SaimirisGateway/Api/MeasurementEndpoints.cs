using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>A user's measurements.</summary>
internal sealed class MeasurementEndpoints(IGatewayStore store, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("Measurements");
        routes.MapRead("/api/measurements", ListAsync).WithSummary("Your measurements").Produces<IReadOnlyList<MeasurementView>>()
            .Produces<ApiError>(StatusCodes.Status400BadRequest);
        routes.MapRead("/api/measurement/{id}/status", FindAsync).WithSummary("How far a measurement is").Produces<MeasurementStatusView>()
            .Produces<ApiError>(StatusCodes.Status400BadRequest).Produces<ApiError>(StatusCodes.Status404NotFound);
        routes.MapWrite("/api/measurement/{id}/cancel", CancelAsync).WithSummary("Cancels what no agent has finished").Produces<CancellationView>()
            .Produces<ApiError>(StatusCodes.Status400BadRequest).Produces<ApiError>(StatusCodes.Status404NotFound);
    }

    // The parameters stand here for the OpenAPI document: the query is read as a whole, because a repeated name is an error.
    private async Task<IResult> ListAsync(
        HttpContext http, string? limit, string? status, string? since, string? until, string? agent, string? sort, string? reverse)
    {
        if (MeasurementListQuery.RepeatedName(http.Request.Query) is { } name)
            return ApiAnswer.Text(StatusCodes.Status400BadRequest, $"Failed to deserialize query string: duplicate field `{name}`");
        if (!new MeasurementListQuery(limit, status, since, until, agent, sort, reverse).TryRead(out var query, out string problem))
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, problem);
        http.OnFailureSay("Failed to retrieve measurements");
        var found = await store.ListMeasurementsAsync(http.UserHash(), query, http.RequestAborted);
        return ApiAnswer.Json([.. found.Select(MeasurementView.Of)], ApiJson.Instance.IReadOnlyListMeasurementView);
    }

    private async Task<IResult> FindAsync(string id, HttpContext http)
    {
        if (!MeasurementIdText.TryParse(id, out var measurement))
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, MeasurementIdText.Invalid);
        http.OnFailureSay("Failed to retrieve measurement status");
        return await store.FindMeasurementAsync(http.UserHash(), measurement, http.RequestAborted) is { } detail
            ? ApiAnswer.Json(MeasurementStatusView.Of(detail), ApiJson.Instance.MeasurementStatusView)
            : NotFound;
    }

    private async Task<IResult> CancelAsync(string id, HttpContext http)
    {
        if (!MeasurementIdText.TryParse(id, out var measurement))
            return ApiAnswer.Error(StatusCodes.Status400BadRequest, MeasurementIdText.Invalid);
        http.OnFailureSay("Failed to cancel measurement");
        return await store.CancelMeasurementAsync(http.UserHash(), measurement, time.GetUtcNow(), http.RequestAborted) is { } cancellation
            ? ApiAnswer.Json(CancellationView.Of(cancellation, measurement), ApiJson.Instance.CancellationView)
            : NotFound;
    }

    private static IResult NotFound => ApiAnswer.Error(StatusCodes.Status404NotFound, "Measurement not found");
}
