using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Shared.Hosting.Flags;

/// <summary>Parses the text after a flag. A wrong text throws a <see cref="FormatException"/> that quotes it.</summary>
public static class FlagText
{
    public static string Any(string text) => text;

    public static Func<string, int> Integer(int min, int max = int.MaxValue) => text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw new FormatException($"'{text}' is not a whole number from {min} to {max}");

    /// <summary>A whole number, or one word; the result is text.</summary>
    public static Func<string, string> IntegerOr(string word, int min, int max) => text =>
    {
        try
        {
            return text == word ? text : Integer(min, max)(text).ToString(CultureInfo.InvariantCulture);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{e.Message}, nor '{word}'");
        }
    };

    public static Func<string, long> Long(long min) => text =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= min
            ? value
            : throw new FormatException($"'{text}' is not a whole number of at least {min}");

    /// <summary>One of a few words, exactly as written.</summary>
    public static Func<string, string> OneOf(params string[] words) => text => words.Contains(text, StringComparer.Ordinal)
        ? text
        : throw new FormatException($"'{text}' is not one of {string.Join(", ", words)}");

    /// <summary>A prefix, or an address, which becomes the prefix that holds nothing else.</summary>
    public static IPNetwork Prefix(string text)
    {
        if (IPAddress.TryParse(text, out var address))
            return new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new FormatException($"'{text}' is not a prefix such as 192.0.2.0/24 or 2001:db8::/32");
    }

    /// <summary>The value of a switch's environment variable.</summary>
    public static bool Switch(string text) => text.ToUpperInvariant() switch
    {
        "1" or "TRUE" or "YES" or "ON" => true,
        "0" or "FALSE" or "NO" or "OFF" => false,
        _ => throw new FormatException($"'{text}' is not true or false"),
    };
}
