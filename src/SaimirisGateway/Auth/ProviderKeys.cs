using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace SaimirisGateway.Auth;

/// <summary>Fetches a JWKS (RFC 7517) and returns its RSA and EC signature keys by their id.</summary>
internal static class ProviderKeys
{
    private const int MaxBytes = 1 << 20;

    /// <exception cref="KeysUnavailableException">There is no answer, or it has no usable key.</exception>
    public static async Task<IReadOnlyDictionary<string, SecurityKey>> FetchAsync(HttpClient client, Uri uri, CancellationToken cancel)
    {
        string text;
        try
        {
            using var response = await client.GetAsync(uri, cancel);
            if (!response.IsSuccessStatusCode)
                throw new KeysUnavailableException($"JWKS request failed with status: {(int)response.StatusCode}");
            // JSON is always UTF-8 (RFC 8259 8.1), so the header's charset is ignored.
            text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new KeysUnavailableException("Failed to fetch JWKS", e);
        }
        return Parse(text);
    }

    /// <summary>Creates the client for the fetches, with limits of time and size.</summary>
    public static HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MaxBytes };
    }

    private static Dictionary<string, SecurityKey> Parse(string text)
    {
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(text);
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException)
        {
            throw new KeysUnavailableException("Failed to parse JWKS", e);
        }
        var keys = new Dictionary<string, SecurityKey>();
        foreach (var key in set.Keys)
        {
            bool isUsable = key.Kty switch
            {
                JsonWebAlgorithmsKeyTypes.RSA => key.N is not null && key.E is not null,
                JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv is not null && key.X is not null && key.Y is not null,
                _ => false,
            };
            if (isUsable && !string.IsNullOrEmpty(key.Kid) && (key.Use is null or "" or "sig"))
                keys.TryAdd(key.Kid, key);
        }
        return keys.Count > 0 ? keys : throw new KeysUnavailableException("No valid keys found in JWKS");
    }
}

/// <summary>No key of the provider is available to check a token.</summary>
/// <param name="message">The text for the user, without the provider's address.</param>
internal sealed class KeysUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
