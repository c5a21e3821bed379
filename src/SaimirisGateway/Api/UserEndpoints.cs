using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Api;

/// <summary>Answers users who ask for their limit, their use, and their source addresses.</summary>
internal sealed class UserEndpoints(GatewayStore store, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var routes = api.MapGroup("").WithTags("You");
        routes.MapRead("/api/user/me", ReadUsageAsync).WithSummary("Today's limit and use, UTC").Produces<UserView>();
        routes.MapRead("/api/user/prefixes", ListPrefixesAsync).WithSummary("The source addresses that are yours, by agent")
            .Produces<UserPrefixesView>();
    }

    private async Task<IResult> ReadUsageAsync(HttpContext http)
    {
        string user = http.UserHash();
        uint id = await store.UserIdAsync(user, http.RequestAborted).OrFail("Failed to process user identification");
        var usage = await store.ReadUsageAsync(user, time.GetUtcNow(), http.RequestAborted).OrFail("Failed to retrieve user information");
        return ApiAnswer.Json(
            new UserView(usage.LastSubmitted, usage.Limit, usage.Submissions, usage.Used, id), ApiJson.Instance.UserView);
    }

    private async Task<IResult> ListPrefixesAsync(HttpContext http)
    {
        const string failure = "Failed to get user ID";
        uint id = await store.UserIdAsync(http.UserHash(), http.RequestAborted).OrFail(failure);
        var agents = await store.ListAgentsAsync(http.RequestAborted).OrFail(failure);
        var prefixes = agents.Select(agent => new AgentPrefixesView(agent.Id, [.. ListPrefixes(agent, id)]));
        return ApiAnswer.Json(
            new UserPrefixesView([.. prefixes.Where(agent => agent.Prefixes.Count > 0)], id), ApiJson.Instance.UserPrefixesView);
    }

    private static IEnumerable<PrefixView> ListPrefixes(StoredAgent agent, uint userId)
    {
        foreach (var config in AgentView.ReadConfig(agent) ?? [])
        {
            if (UserPrefix.TryMake(config.SourceIpv6Prefix, userId, out var prefix))
                yield return new PrefixView(config.SourceIpv6Prefix!, prefix.ToString());
        }
    }
}

/// <summary>A user's limit, and what the user has submitted on the present UTC day.</summary>
internal sealed record UserView(DateTimeOffset? LastSubmitted, long Limit, long SubmissionCount, long Used, uint UserId);

/// <summary>The source addresses that a user may probe from.</summary>
internal sealed record UserPrefixesView(IReadOnlyList<AgentPrefixesView> Agents, uint UserId);

internal sealed record AgentPrefixesView(string AgentId, IReadOnlyList<PrefixView> Prefixes);

internal sealed record PrefixView(string AgentPrefix, string UserPrefix);
