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

/// <summary>The map of the HTTP side: what stands around a request, and who answers which route.</summary>
internal sealed class GatewayApi : IDisposable
{
    private readonly UserAuthOptions _authentication;
    private readonly AgentKeys _keys;
    private readonly GatewayMetrics _metrics;
    private readonly HttpClient _provider = ProviderKeys.CreateClient();
    private readonly JwksCache _userKeys;
    private readonly UserTokens _tokens;
    private readonly RequestRates _rates;
    private readonly RequestGuard _guard;
    private readonly Action<IEndpointRouteBuilder> _public, _agents, _users;

    public GatewayApi(
        HttpOptions options, UserAuthOptions users, IGatewayStore store, AgentKeys keys, ReplyListener replies, ProbeSubmission probes, MeasurementResults results,
        GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_authentication, _keys, _metrics) = (users, keys, metrics);
        _userKeys = new JwksCache(() => ProviderKeys.FetchAsync(_provider, users.JwksUri!, CancellationToken.None), logger, time);
        _tokens = new UserTokens(users, _userKeys, time);
        _rates = new RequestRates(options.RequestsPerUser, options.RequestsPerAgentKey);
        _guard = new RequestGuard(metrics, logger, time);
        _public = new PublicAgentEndpoints(store, metrics, time).Map;
        // Looks at the agent's key itself, because it takes others than the rest of the agents' API does.
        _public += new AgentReplyEndpoints(replies).Map;
        _agents = new AgentEndpoints(store, keys, metrics, time).Map;
        _users = new UserEndpoints(store, time).Map;
        _users += new ProbeEndpoints(probes).Map;
        _users += new MeasurementEndpoints(store, time).Map;
        _users += new ReplyEndpoints(results).Map;
    }

    public void AddServices(IServiceCollection services)
    {
        services.AddSingleton(_authentication).AddSingleton(_tokens).AddSingleton(_keys).AddSingleton(_metrics);
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
        // Behind the proof of who asks, because that is whose requests are counted.
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

    private static AuthorizationPolicy Policy(string scheme) => new AuthorizationPolicyBuilder(scheme).RequireAuthenticatedUser().Build();
}
