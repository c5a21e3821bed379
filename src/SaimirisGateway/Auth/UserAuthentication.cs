using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Auth;

/// <summary>Authenticates users by their tokens. With <c>--bypass-jwt</c> every request is the test user's.</summary>
internal sealed class UserAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory logging, UrlEncoder encoder, UserAuthOptions options,
    UserTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, logging, encoder)
{
    public const string Name = "user";

    private const string TestUser = "test-user-id";

    // The text is written as in the rest of the API: JSON is not HTML, so a quotation mark is escaped with a backslash.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private TokenRefusal? _refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? subject;
        if (options.Bypass)
        {
            Logger.JwtBypassed();
            subject = TestUser;
        }
        else
            (subject, _refusal) = await tokens.ReadAsync(Request.Headers.Authorization, Context.RequestAborted);
        if (subject is null)
            return AuthenticateResult.NoResult();
        string hash = UserHashes.Hash(subject);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, hash), new Claim(ClaimTypes.Name, $"user {hash}")], Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var refusal = _refusal!;
        Response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            Response.Headers.WWWAuthenticate = "Bearer";
        else if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
            Response.Headers.RetryAfter = "5";
        Response.ContentType = "application/json";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["error"] = refusal.Text }, Plain);
        await Response.Body.WriteAsync(body, Context.RequestAborted);
    }
}
