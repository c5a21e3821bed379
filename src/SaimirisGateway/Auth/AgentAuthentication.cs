using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Auth;

/// <summary>
/// Authenticates agents by their keys. When the route names no agent, it accepts the key of any agent, and the endpoint checks again.
/// </summary>
internal sealed class AgentAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory logging, UrlEncoder encoder, AgentKeys keys,
    GatewayMetrics metrics)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, logging, encoder)
{
    public const string Name = "agent";

    private const string Bearer = "Bearer ";

    /// <summary>Returns the key of a request, or null when it has none.</summary>
    public static string? ReadKey(HttpRequest request)
    {
        string authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.Ordinal) ? authorization[Bearer.Length..] : null;
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? key = ReadKey(Request);
        bool isKnown = key is not null && (Context.GetRouteValue("id") is string id ? keys.IsKeyOf(id, key) : keys.IsKeyOfAny(key));
        if (!isKnown)
            return Task.FromResult(AuthenticateResult.NoResult());
        // The rate limit counts requests by this name. The key's hash never leaves the process.
        string name = $"agent key {Convert.ToHexString(AgentKeys.Hash(key!))}";
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        metrics.OnUnauthorized();
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }
}
