using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Replies.Listen;

namespace SaimirisGateway.Api;

/// <summary>What agents have captured.</summary>
internal sealed class AgentReplyEndpoints(ReplyListener replies)
{
    private const string Route = "/agent-api/agent/{id}/replies";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Map(Route, replies.AnswerAsync).ExcludeFromDescription();
        routes.MapPost(Route, replies.AnswerAsync).WithSummary("Takes an agent's replies").WithTags("Agents' own")
            .WithMetadata(new BodyOf(null, "application/vnd.tcpdump.pcap", "application/vnd.capnproto"))
            .WithDescription("A body of any length: a pcap (application/vnd.tcpdump.pcap), or Reply messages (application/vnd.capnproto).")
            .Produces(StatusCodes.Status202Accepted).Produces<ApiError>(StatusCodes.Status400BadRequest).Produces<ApiError>(StatusCodes.Status503ServiceUnavailable);
    }
}
