using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Replies.Results;

namespace SaimirisGateway.Api;

/// <summary>What answered a measurement's probes.</summary>
internal sealed class ReplyEndpoints(MeasurementResults results)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapRead("/api/measurement/{id}/replies", AnswerAsync).WithSummary("Replies to a measurement's probes")
            .WithTags("Measurements").WithDescription("Pages in JSON, lines with Accept: application/x-ndjson, and a live stream with Accept: text/event-stream.")
            .Produces(StatusCodes.Status200OK).Produces<ApiError>(StatusCodes.Status400BadRequest).Produces<ApiError>(StatusCodes.Status404NotFound);

    private async Task AnswerAsync(string id, HttpContext http)
    {
        if (MeasurementIdText.TryParse(id, out var measurement))
            await results.AnswerAsync(http, http.UserHash(), measurement);
        else
            await ApiAnswer.Error(StatusCodes.Status400BadRequest, MeasurementIdText.Invalid).ExecuteAsync(http);
    }
}
