using System.Globalization;

namespace SaimirisGateway.Api;

/// <summary>Date and time as the API has them: written in UTC with Z and 0, 3, 6 or 9 digits of a second, as many as it takes (RFC 3339).</summary>
internal static class Rfc3339
{
    private const string WholeSeconds = "yyyy-MM-ddTHH:mm:ss";
    private const int MaxLength = 64;

    public static string Text(DateTimeOffset value)
    {
        long fraction = value.UtcTicks % TimeSpan.TicksPerSecond;
        // A tick is 100 ns: of nine digits the last two are zeros.
        string digits = fraction switch
        {
            0 => "",
            _ when fraction % TimeSpan.TicksPerMillisecond == 0 => $".{fraction / TimeSpan.TicksPerMillisecond:000}",
            _ when fraction % TimeSpan.TicksPerMicrosecond == 0 => $".{fraction / TimeSpan.TicksPerMicrosecond:000000}",
            _ => $".{fraction * 100:000000000}",
        };
        return value.UtcDateTime.ToString(WholeSeconds, CultureInfo.InvariantCulture) + digits + "Z";
    }

    /// <summary>A date and time with Z or an offset; digits finer than 100 ns are cut off.</summary>
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
            && DateTimeOffset.TryParseExact($"{text[..10]}T{text[11..19]}{fraction}{zone}", format, CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    /// <summary>What a query may hold: the above, <c>YYYY-MM-DD HH:MM:SS</c>, or <c>YYYY-MM-DD</c>, both in UTC.</summary>
    public static bool TryParseQuery(string text, out DateTimeOffset value) =>
        TryParse(text, out value)
        || DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
}
