using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Http;
using SaimirisGateway.Replies.Listen;
using SaimirisGateway.Replies.Results;

namespace SaimirisGateway.Api;

/// <summary>Maps the routes of replies: agents post them, and users read those of their measurements.</summary>
internal sealed class ReplyEndpoints(ReplyEndpoint upload, MeasurementResults results)
{
    private const string Upload = "/agent-api/agent/{id}/replies";

    public void MapAgents(IEndpointRouteBuilder routes)
    {
        routes.Map(Upload, upload.AnswerAsync).ExcludeFromDescription();
        routes.MapPost(Upload, upload.AnswerAsync).WithSummary("Takes an agent's replies").WithTags("Agents' own")
            .WithMetadata(new DocumentedBody(null, ReplyEndpoint.PcapType, ReplyEndpoint.CapnProtoType))
            .WithDescription("A body of any length: a pcap (application/vnd.tcpdump.pcap), or Reply messages (application/vnd.capnproto).")
            .Produces(StatusCodes.Status202Accepted)
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);
    }

    public void MapUsers(IEndpointRouteBuilder routes) =>
        routes.MapRead("/api/measurement/{id}/replies", AnswerAsync).WithSummary("Replies to a measurement's probes")
            .WithTags("Measurements")
            .WithDescription(
                "Pages in JSON, lines with Accept: application/x-ndjson, and a live stream with Accept: text/event-stream.")
            .Produces(StatusCodes.Status200OK)
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status404NotFound);

    private Task AnswerAsync(string id, HttpContext http) => MeasurementIdText.TryParse(id, out var measurement)
        ? results.AnswerAsync(http, http.UserHash(), measurement)
        : MeasurementIdText.Invalid.ExecuteAsync(http);
}
