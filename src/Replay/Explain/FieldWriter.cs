using System.Globalization;

namespace Replay.Explain;

/// <summary>Writes the lines of an explanation: the offset of a field in its BMP message, its name and its value, in columns.</summary>
internal sealed class FieldWriter(TextWriter output)
{
    /// <summary>Longer values are cut: bytes, characters and list entries that are shown.</summary>
    public const int MaxBytes = 48, MaxCharacters = 160, MaxEntries = 40;

    private const int OffsetWidth = 8, NameWidth = 34, IndentWidth = 2;

    private int _level = 1;

    /// <summary>A heading; the lines up to the matching <see cref="End"/> belong to it.</summary>
    public void Begin(string title)
    {
        output.WriteLine(new string(' ', OffsetWidth + IndentWidth * _level) + title);
        _level++;
    }

    /// <summary>A field that has fields of its own, up to the matching <see cref="End"/>.</summary>
    public void Begin(int offset, string name, string value)
    {
        Field(offset, name, value);
        _level++;
    }

    public void End() => _level--;

    /// <summary>One field.</summary>
    /// <param name="offset">Bytes from the start of the BMP message.</param>
    /// <param name="name">Its name in the RFC.</param>
    /// <param name="value">Its value as text.</param>
    public void Field(int offset, string name, string value) => Line(offset.ToString(), name, value);

    /// <summary>A line without an offset.</summary>
    public void Fact(string name, string value) => Line("", name, value);

    /// <summary>A remark on the field before it: something odd.</summary>
    public void Odd(string remark) => Line("", "!", remark);

    /// <summary>A line at the left edge, such as the heading of a message.</summary>
    public void Heading(string text) => output.WriteLine(text);

    public void Blank() => output.WriteLine();

    public void Flush() => output.Flush();

    /// <summary>Bytes as hex digits. A long value is cut and says how much is left out.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => "no bytes",
        <= MaxBytes => Convert.ToHexStringLower(bytes),
        _ => $"{Convert.ToHexStringLower(bytes[..MaxBytes])}... ({bytes.Length - MaxBytes} of {bytes.Length} bytes are left out)",
    };

    /// <summary>UTF-8 text in quotes; what a terminal would not print as it is shows as escapes.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        string all = System.Text.Encoding.UTF8.GetString(bytes);
        string shown = all.Length <= MaxCharacters ? all : all[..MaxCharacters];
        string text = '"' + string.Concat(shown.Select(Escaped)) + '"';
        return shown.Length == all.Length ? text : $"{text}... ({all.Length - shown.Length} of {all.Length} characters are left out)";
    }

    /// <summary>The first entries of a list, and how many are left out.</summary>
    public static string List(IReadOnlyList<string> entries, string separator = " ") => entries.Count switch
    {
        0 => "empty",
        <= MaxEntries => string.Join(separator, entries),
        _ => $"{string.Join(separator, entries.Take(MaxEntries))}... ({entries.Count - MaxEntries} of {entries.Count} are left out)",
    };

    private static string Escaped(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '"' => "\\\"",
        _ when char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    };

    private void Line(string offset, string name, string value)
    {
        int indent = IndentWidth * _level;
        string label = new string(' ', indent) + name;
        output.WriteLine($"{offset,OffsetWidth}{label.PadRight(NameWidth + IndentWidth)} {value}".TrimEnd());
    }
}
