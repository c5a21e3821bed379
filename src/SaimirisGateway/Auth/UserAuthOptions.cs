namespace SaimirisGateway.Auth;

/// <summary>Says whose tokens are accepted.</summary>
internal sealed record UserAuthOptions
{
    /// <summary>The URL of the provider's keys. Without it every token is refused.</summary>
    public Uri? JwksUri { get; init; }

    /// <summary>The <c>iss</c> of a token, compared byte by byte. Without it every token is refused.</summary>
    public string? Issuer { get; init; }

    /// <summary>A member of the token's <c>aud</c>; null accepts any.</summary>
    public string? Audience { get; init; }

    /// <summary>No token is needed, and every request is the test user's.</summary>
    public bool Bypass { get; init; }

    /// <summary>Parses the value of <c>--auth0-jwks-uri</c>.</summary>
    public static Uri? ParseJwksUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new FormatException($"'{text}' is not a URL such as https://example.eu.auth0.com/.well-known/jwks.json");
}
