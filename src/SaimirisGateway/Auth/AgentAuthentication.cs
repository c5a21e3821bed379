using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Auth;

/// <summary>Lets agents in by their keys. Where the route names no agent, the key of any will do, and the endpoint looks again.</summary>
internal sealed class AgentAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory logging, UrlEncoder encoder, AgentKeys keys, GatewayMetrics metrics)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, logging, encoder)
{
    public const string Name = "agent";

    private const string Bearer = "Bearer ";

    /// <summary>The key that a request shows; null: none.</summary>
    public static string? KeyOf(HttpRequest request)
    {
        string authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.Ordinal) ? authorization[Bearer.Length..] : null;
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? key = KeyOf(Request);
        bool isKnown = key is not null && (Context.GetRouteValue("id") is string id ? keys.IsKeyOf(id, key) : keys.IsKeyOfAny(key));
        if (!isKnown)
            return Task.FromResult(AuthenticateResult.NoResult());
        // The name is what requests are counted by; the key's hash never leaves the process.
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, $"agent key {Convert.ToHexString(AgentKeys.HashOf(key!))}")], Name);
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
