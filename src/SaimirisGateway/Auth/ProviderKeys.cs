using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace SaimirisGateway.Auth;

/// <summary>Reads a JWKS (RFC 7517): RSA and EC keys that have an id and are for signatures, by id.</summary>
internal static class ProviderKeys
{
    private const int MaxOctets = 1 << 20;

    /// <exception cref="KeysUnavailableException">The answer is none, or holds no key of use.</exception>
    public static async Task<IReadOnlyDictionary<string, SecurityKey>> FetchAsync(HttpClient client, Uri uri, CancellationToken cancel)
    {
        string text;
        try
        {
            using var response = await client.GetAsync(uri, cancel);
            if (!response.IsSuccessStatusCode)
                throw new KeysUnavailableException($"JWKS request failed with status: {(int)response.StatusCode}");
            // JSON is UTF-8 (RFC 8259 8.1), whatever a header says.
            text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new KeysUnavailableException("Failed to fetch JWKS", e);
        }
        return Parse(text);
    }

    /// <summary>What fetches: bounded in time and size.</summary>
    public static HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MaxOctets };
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
