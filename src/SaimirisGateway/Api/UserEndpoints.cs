using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>What a user may do.</summary>
internal sealed class UserEndpoints(IGatewayStore store, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("You");
        routes.MapRead("/api/user/me", ReadUsageAsync).WithSummary("Today's limit and use, UTC").Produces<UserView>();
        routes.MapRead("/api/user/prefixes", ListPrefixesAsync).WithSummary("The source addresses that are yours, by agent").Produces<UserPrefixesView>();
    }

    private async Task<IResult> ReadUsageAsync(HttpContext http)
    {
        http.OnFailureSay("Failed to process user identification");
        uint id = await store.UserIdAsync(http.UserHash(), http.RequestAborted);
        http.OnFailureSay("Failed to retrieve user information");
        var usage = await store.ReadUsageAsync(http.UserHash(), time.GetUtcNow(), http.RequestAborted);
        return ApiAnswer.Json(new UserView(usage.LastSubmitted, usage.Limit, usage.Submissions, usage.Used, id), ApiJson.Instance.UserView);
    }

    private async Task<IResult> ListPrefixesAsync(HttpContext http)
    {
        http.OnFailureSay("Failed to get user ID");
        uint id = await store.UserIdAsync(http.UserHash(), http.RequestAborted);
        var agents = await store.ListAgentsAsync(http.RequestAborted);
        IEnumerable<AgentPrefixesView> prefixes = agents.Select(agent => new AgentPrefixesView(agent.Id, [.. PrefixesOf(agent, id)]));
        return ApiAnswer.Json(new UserPrefixesView([.. prefixes.Where(agent => agent.Prefixes.Count > 0)], id), ApiJson.Instance.UserPrefixesView);
    }

    private static IEnumerable<PrefixView> PrefixesOf(StoredAgent agent, uint userId)
    {
        foreach (var config in AgentView.ConfigOf(agent) ?? [])
        {
            if (UserPrefix.TryOf(config.SourceIpv6Prefix, userId, out var prefix))
                yield return new PrefixView(config.SourceIpv6Prefix!, prefix.ToString());
        }
    }
}
