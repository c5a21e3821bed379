using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Agents;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Api;

/// <summary>Answers everybody who asks about agents. No authentication is needed.</summary>
internal sealed class PublicAgentEndpoints(GatewayStore store, GatewayMetrics metrics, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("Agents");
        routes.MapRead("/api/agents", ListAsync).WithSummary("Agents heard of within ten minutes").Produces<IReadOnlyList<AgentView>>();
        routes.MapRead("/api/agent/{id}", FindAsync).WithSummary("An agent")
            .Produces<AgentView>().Produces(StatusCodes.Status404NotFound);
        routes.MapRead("/api/agent/{id}/config", FindConfigAsync).WithSummary("An agent's probing instances")
            .Produces<AgentConfig[]>().Produces(StatusCodes.Status404NotFound);
        routes.MapRead("/api/agent/{id}/health", FindHealthAsync).WithSummary("How an agent is")
            .Produces<HealthView>().Produces(StatusCodes.Status404NotFound);
    }

    private async Task<IResult> ListAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var agents = await store.ListAgentsAsync(cancel);
        IReadOnlyList<AgentView> fresh = [.. agents.Where(agent => agent.IsFresh(now)).Select(AgentView.From)];
        metrics.SetActiveAgents(fresh.Count);
        return ApiAnswer.Json(fresh, ApiJson.Instance.IReadOnlyListAgentView);
    }

    private async Task<IResult> FindAsync(string id, CancellationToken cancel) =>
        await store.FindAgentAsync(id, cancel) is { } agent
            ? ApiAnswer.Json(AgentView.From(agent), ApiJson.Instance.AgentView)
            : ApiAnswer.NotFound;

    private async Task<IResult> FindConfigAsync(string id, CancellationToken cancel) =>
        await store.FindAgentAsync(id, cancel) is { } agent && AgentView.ReadConfig(agent) is { } config
            ? ApiAnswer.Json(config, ApiJson.Instance.AgentConfigArray)
            : ApiAnswer.NotFound;

    private async Task<IResult> FindHealthAsync(string id, CancellationToken cancel) =>
        await store.FindAgentAsync(id, cancel) is { } agent && HealthView.From(agent.Health) is { } health
            ? ApiAnswer.Json(health, ApiJson.Instance.HealthView)
            : ApiAnswer.NotFound;
}
