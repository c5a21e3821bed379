using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Http;
using SaimirisGateway.Probes.Submit;

namespace SaimirisGateway.Api;

/// <summary>Maps the route on which users submit probes.</summary>
internal sealed class ProbeEndpoints(ProbeSubmission submission)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapWrite("/api/probes", SubmitAsync).WithSummary("Begins a measurement: probes, and the agents that send them")
            .WithTags("Measurements").WithDescription(
                "JSON: {\"metadata\":[{\"id\":\"agent\",\"ip_address\":\"source\"}],"
                + "\"probes\":[[\"destination\",source port,destination port,TTL,\"icmpv6\" or \"udp\"],...]}, "
                + "2 MiB at most. Probes by lines, as NDJSON or CSV, are taken without that limit. "
                + "An Idempotency-Key makes a repeated request the same measurement.")
            .WithMetadata(new DocumentedBody(null, JsonRequest.MediaType, SubmissionHeaders.NdjsonType, SubmissionHeaders.CsvType))
            .Produces(StatusCodes.Status200OK).Produces(StatusCodes.Status202Accepted)
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status403Forbidden)
            .Produces<ErrorBody>(StatusCodes.Status429TooManyRequests);

    private Task<IResult> SubmitAsync(HttpContext http) => submission.SubmitAsync(http.Request, http.UserHash(), http.RequestAborted);
}
