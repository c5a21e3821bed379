using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Replies.Listen;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Api;

/// <summary>The map of the HTTP side: the middleware of each request in its order, and after it the endpoints.</summary>
internal sealed class GatewayApi : IDisposable
{
    private readonly UserAuthOptions _auth;
    private readonly AgentKeys _keys;
    private readonly GatewayMetrics _metrics;
    private readonly HttpClient _provider = ProviderKeys.CreateClient();
    private readonly JwksCache _userKeys;
    private readonly UserTokens _tokens;
    private readonly RequestRates _rates;
    private readonly RequestGuard _guard;
    private readonly Action<IEndpointRouteBuilder> _public, _agents, _users;

    public GatewayApi(
        HttpOptions options, UserAuthOptions auth, GatewayStore store, AgentKeys keys, ReplyEndpoint upload, ProbeSubmission probes,
        MeasurementResults results, GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_auth, _keys, _metrics) = (auth, keys, metrics);
        _userKeys = new JwksCache(() => ProviderKeys.FetchAsync(_provider, auth.JwksUri!, CancellationToken.None), logger, time);
        _tokens = new UserTokens(auth, _userKeys, time);
        _rates = new RequestRates(options.RequestsPerUser, options.RequestsPerAgentKey);
        _guard = new RequestGuard(metrics, logger, time);
        var replies = new ReplyEndpoints(upload, results);
        _public = new PublicAgentEndpoints(store, metrics, time).Map;
        // This endpoint checks the agent's key itself, because it accepts other keys than the rest of the agents' API.
        _public += replies.MapAgents;
        _agents = new AgentEndpoints(store, keys, metrics, time).Map;
        _users = new UserEndpoints(store, time).Map;
        _users += new ProbeEndpoints(probes).Map;
        _users += new MeasurementEndpoints(store, time).Map;
        _users += replies.MapUsers;
    }

    public void AddServices(IServiceCollection services)
    {
        services.AddSingleton(_auth).AddSingleton(_tokens).AddSingleton(_keys).AddSingleton(_metrics);
        services.AddRouting();
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, UserAuthentication>(UserAuthentication.Name, null)
            .AddScheme<AuthenticationSchemeOptions, AgentAuthentication>(AgentAuthentication.Name, null);
        services.AddAuthorization();
        services.AddRateLimiter(_rates.Configure);
        services.ConfigureHttpJsonOptions(json => DocumentEndpoints.Configure(json.SerializerOptions));
        services.AddEndpointsApiExplorer();
        services.AddOpenApi(DocumentEndpoints.Configure);
    }

    public void Build(WebApplication app)
    {
        app.Use(_guard.InvokeAsync);
        app.UseRouting();
        app.UseAuthorization();
        // This comes after the authentication, because it counts the requests of each user and key.
        app.UseRateLimiter();
        _public(app);
        _agents(app.MapGroup("").RequireAuthorization(Policy(AgentAuthentication.Name)));
        _users(app.MapGroup("").RequireAuthorization(Policy(UserAuthentication.Name)));
        DocumentEndpoints.Map(app);
    }

    public void Dispose()
    {
        _rates.Dispose();
        _userKeys.Dispose();
        _provider.Dispose();
    }

    private static AuthorizationPolicy Policy(string scheme) =>
        new AuthorizationPolicyBuilder(scheme).RequireAuthenticatedUser().Build();
}
