using Microsoft.AspNetCore.Http;
using SaimirisGateway.Http;

namespace SaimirisGateway.Api;

/// <summary>Parses a measurement's id in a path: with hyphens, as 32 hexadecimal digits, after <c>urn:uuid:</c>, or in braces.</summary>
internal static class MeasurementIdText
{
    /// <summary>The answer to any other text.</summary>
    public static readonly ErrorAnswer Invalid = new(StatusCodes.Status400BadRequest, "Invalid measurement ID format");

    private const string Urn = "urn:uuid:";

    public static bool TryParse(string text, out Guid id)
    {
        string plain = text switch
        {
            ['{', .. var inner, '}'] => inner,
            _ when text.StartsWith(Urn, StringComparison.Ordinal) => text[Urn.Length..],
            _ => text,
        };
        // The parser ignores blanks around an id. The checks of the length refuse them.
        if (plain.Length == 36)
            return Guid.TryParseExact(plain, "D", out id);
        id = default;
        return text.Length == 32 && Guid.TryParseExact(text, "N", out id);
    }
}
