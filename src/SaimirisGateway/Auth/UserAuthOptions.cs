namespace SaimirisGateway.Auth;

/// <summary>Whose tokens are believed.</summary>
internal sealed record UserAuthOptions
{
    /// <summary>Where the provider shows its keys; null: no token can be checked.</summary>
    public Uri? JwksUri { get; init; }

    /// <summary>What a token's <c>iss</c> has to be, octet for octet; null: no token can be checked.</summary>
    public string? Issuer { get; init; }

    /// <summary>What has to be among a token's <c>aud</c>; null: it is not looked at.</summary>
    public string? Audience { get; init; }

    /// <summary>No token is needed: every request is the test user's.</summary>
    public bool Bypass { get; init; }

    /// <summary>The text of <c>--auth0-jwks-uri</c>.</summary>
    public static Uri? ParseJwksUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new FormatException($"'{text}' is not a URL such as https://example.eu.auth0.com/.well-known/jwks.json");
}
