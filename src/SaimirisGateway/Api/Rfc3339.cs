using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaimirisGateway.Api;

/// <summary>
/// Writes and parses the API's dates and times (RFC 3339). It writes UTC with Z, and 0, 3, 6 or 9 digits of a second, as few as possible.
/// </summary>
internal static class Rfc3339
{
    private const string WholeSeconds = "yyyy-MM-ddTHH:mm:ss";
    private const int MaxLength = 64;

    public static string Text(DateTimeOffset value)
    {
        long fraction = value.UtcTicks % TimeSpan.TicksPerSecond;
        // A tick is 100 ns, so the last two of nine digits are zeros.
        string digits = fraction switch
        {
            0 => "",
            _ when fraction % TimeSpan.TicksPerMillisecond == 0 => $".{fraction / TimeSpan.TicksPerMillisecond:000}",
            _ when fraction % TimeSpan.TicksPerMicrosecond == 0 => $".{fraction / TimeSpan.TicksPerMicrosecond:000000}",
            _ => $".{fraction * 100:000000000}",
        };
        return value.UtcDateTime.ToString(WholeSeconds, CultureInfo.InvariantCulture) + digits + "Z";
    }

    /// <summary>Parses a date and time with Z or an offset. It cuts off digits below 100 ns.</summary>
    public static bool TryParse(string text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length is < 20 or > MaxLength || text[10] is not ('T' or 't' or ' '))
            return false;
        int end = 19;
        string fraction = "";
        if (text[end] == '.')
        {
            int digits = text.AsSpan(end + 1).IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0)
                return false;
            fraction = text.Substring(end, Math.Min(digits, 7) + 1);
            end += digits + 1;
        }
        string zone = text[end..] is "Z" or "z" ? "+00:00" : text[end..];
        string format = $"yyyy-MM-ddTHH:mm:ss{(fraction.Length > 0 ? "." + new string('f', fraction.Length - 1) : "")}zzz";
        return zone.Length == 6 && zone[3] == ':'
            && DateTimeOffset.TryParseExact(
                $"{text[..10]}T{text[11..19]}{fraction}{zone}", format, CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    /// <summary>Parses a time in a query: RFC 3339, or <c>YYYY-MM-DD HH:MM:SS</c> or <c>YYYY-MM-DD</c> in UTC.</summary>
    public static bool TryParseQuery(string text, out DateTimeOffset value) =>
        TryParse(text, out value)
        || DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
}

/// <summary>Reads and writes <see cref="Rfc3339"/> texts in JSON.</summary>
internal sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Rfc3339.TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException("a date and time has to be RFC 3339, such as 2026-08-20T10:00:00Z");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Rfc3339.Text(value));
}
