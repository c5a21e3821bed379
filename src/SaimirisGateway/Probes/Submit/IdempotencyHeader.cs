using Microsoft.AspNetCore.Http;

namespace SaimirisGateway.Probes.Submit;

/// <summary>The header of draft-ietf-httpapi-idempotency-key-header: a structured string ("k"); without its quotes it is taken too.</summary>
internal static class IdempotencyHeader
{
    public const string Name = "Idempotency-Key";

    private const int MaxCharacters = 255;

    /// <summary>False: it cannot be used.</summary>
    /// <param name="headers">Of the request.</param>
    /// <param name="key">Null: the request has none.</param>
    public static bool TryRead(IHeaderDictionary headers, out string? key)
    {
        key = null;
        if (!headers.TryGetValue(Name, out var values) || values.Count == 0)
            return true;
        string text = values.ToString().Trim();
        if (text is ['"', .., '"'])
            text = text[1..^1];
        key = text;
        return values.Count == 1 && text.Length is > 0 and <= MaxCharacters && text.All(c => c is > ' ' and <= '~' and not '"' and not '\\');
    }
}
