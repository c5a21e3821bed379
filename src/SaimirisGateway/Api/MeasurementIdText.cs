namespace SaimirisGateway.Api;

/// <summary>A measurement's id in a path: with hyphens, as 32 hexadecimal digits, after <c>urn:uuid:</c>, or in braces.</summary>
internal static class MeasurementIdText
{
    public const string Invalid = "Invalid measurement ID format";

    private const string Urn = "urn:uuid:";

    public static bool TryParse(string text, out Guid id)
    {
        string plain = text switch
        {
            ['{', .. var inner, '}'] => inner,
            _ when text.StartsWith(Urn, StringComparison.Ordinal) => text[Urn.Length..],
            _ => text,
        };
        // The lengths keep out what the parser would trim.
        if (plain.Length == 36)
            return Guid.TryParseExact(plain, "D", out id);
        id = default;
        return text.Length == 32 && Guid.TryParseExact(text, "N", out id);
    }
}
