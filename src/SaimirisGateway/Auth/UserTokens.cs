using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SaimirisGateway.Auth;

/// <summary>
/// Checks the token of a request (RFC 7519): signed by a key of the provider with RS256/384/512 or ES256/384, from the issuer, with a
/// subject, within its lifetime plus or minus a minute.
/// </summary>
internal sealed class UserTokens(UserAuthOptions options, JwksCache keys, TimeProvider time)
{
    private const string Scheme = "Bearer ";
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);
    private static readonly string[] Signatures = ["RS256", "RS384", "RS512", "ES256", "ES384"];
    private static readonly string[] OtherSignatures = ["HS256", "HS384", "HS512", "PS256", "PS384", "PS512", "ES512", "EdDSA"];

    private readonly JsonWebTokenHandler _handler = new();

    /// <summary>Returns the token's subject, or the reason why there is none.</summary>
    public async ValueTask<(string? Subject, TokenRefusal? Refusal)> ReadAsync(string? authorization, CancellationToken cancel)
    {
        if (options.JwksUri is null)
            return Refuse("AUTH0_JWKS_URI is not configured", 500);
        if (options.Issuer is null)
            return Refuse("AUTH0_ISSUER is not configured", 500);
        if (string.IsNullOrEmpty(authorization))
            return Refuse("Authorization header is missing");
        if (!authorization.StartsWith(Scheme, StringComparison.Ordinal))
            return Refuse("Authorization header must start with \"Bearer \"");
        try
        {
            return await ReadTokenAsync(authorization[Scheme.Length..], cancel);
        }
        catch (KeysUnavailableException e)
        {
            return Refuse(e.Message, 503);
        }
    }

    private async ValueTask<(string?, TokenRefusal?)> ReadTokenAsync(string text, CancellationToken cancel)
    {
        JsonWebToken token;
        try
        {
            token = new JsonWebToken(text);
        }
        // The library's message contains parts of the token, so it is not used.
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return Refuse("Invalid token header: it is no JSON Web Token");
        }
        if (!Signatures.Contains(token.Alg) && !OtherSignatures.Contains(token.Alg))
            return Refuse("Invalid token header: unknown algorithm");
        // RFC 7515 4.1.11: a critical extension that is not understood makes the token invalid.
        if (token.TryGetHeaderValue<object>("crit", out _))
            return Refuse("Invalid token header: unknown critical extension");
        if (string.IsNullOrEmpty(token.Kid))
            return Refuse("Token missing kid claim");
        if (!Signatures.Contains(token.Alg))
            return Refuse($"Unsupported algorithm: {token.Alg}");
        if (await keys.FindAsync(token.Kid, cancel) is not { } key)
            return Refuse("Unknown key ID");
        return await CheckAsync(token, key);
    }

    private async ValueTask<(string?, TokenRefusal?)> CheckAsync(JsonWebToken token, SecurityKey key)
    {
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKey = key,
            TryAllIssuerSigningKeys = false,
            IssuerSigningKeyResolver = (_, _, _, _) => [key],
            ValidAlgorithms = Signatures,
            ValidIssuer = options.Issuer,
            ValidateAudience = options.Audience is not null,
            ValidAudience = options.Audience,
            LifetimeValidator = (notBefore, expires, _, _) => CheckLifetime(notBefore, expires),
        });
        if (!result.IsValid)
            return Refuse($"Invalid token: {CauseOf(result.Exception)}");
        return string.IsNullOrEmpty(token.Subject) ? Refuse("Invalid token: MissingRequiredClaim") : (token.Subject, null);
    }

    private bool CheckLifetime(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is null)
            throw new SecurityTokenNoExpirationException();
        if (now - Leeway >= expires)
            throw new SecurityTokenExpiredException();
        return notBefore is null || now + Leeway >= notBefore ? true : throw new SecurityTokenNotYetValidException();
    }

    private static string CauseOf(Exception? cause) => cause switch
    {
        SecurityTokenExpiredException => "ExpiredSignature",
        SecurityTokenNotYetValidException => "ImmatureSignature",
        SecurityTokenNoExpirationException => "MissingRequiredClaim",
        SecurityTokenInvalidIssuerException => "InvalidIssuer",
        SecurityTokenInvalidAudienceException => "InvalidAudience",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "InvalidSignature",
        _ => "InvalidToken",
    };

    private static (string?, TokenRefusal?) Refuse(string text, int status = 401) => (null, new TokenRefusal(status, text));
}

/// <summary>The reason why a token is refused. The answer is <c>{"error": text}</c>.</summary>
/// <param name="Status">401; 500 when the gateway has no provider; 503 when the provider's keys are not available.</param>
/// <param name="Text">The text for the user. It contains neither parts of the token nor the provider's address.</param>
internal sealed record TokenRefusal(int Status, string Text);
