using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace EndToEnd.Tests.Tables;

/// <summary>
/// A ClickHouse type. It writes values that capnp shows as JSON as literals of the type, and shows columns of the type as text.
/// </summary>
/// <param name="Elements">The types in an Array or a Tuple.</param>
internal sealed record ColumnType(string Name, IReadOnlyList<ColumnType> Elements)
{
    public static ColumnType Parse(string type)
    {
        int open = type.IndexOf('(', StringComparison.Ordinal);
        return open < 0 || !type.StartsWith("Array", StringComparison.Ordinal) && !type.StartsWith("Tuple", StringComparison.Ordinal)
            ? new ColumnType(type, [])
            : new ColumnType(type[..open], [.. Parts(type[(open + 1)..^1]).Select(Parse)]);
    }

    /// <summary>Returns a literal. Null, which capnp leaves out, is the type's empty value.</summary>
    public string Literal(JsonElement? value) => Name switch
    {
        "Array" => $"[{string.Join(',', Items(value).Select(item => Elements[0].Literal(item)))}]",
        "Tuple" => $"({string.Join(',', Elements.Zip(Members(value), (element, member) => element.Literal(member)))})",
        "String" or "FixedString(16)" => $"unhex('{Convert.ToHexString(Bytes(value))}')",
        "IPv6" => $"'{(value is null ? "::" : new IPAddress(Bytes(value)).ToString())}'",
        "IPv4" => $"toIPv4('{new IPAddress(value is null ? [0, 0, 0, 0] : BigEndian(Number(value)))}')",
        "Bool" => value is { ValueKind: JsonValueKind.True } ? "true" : "false",
        _ => Number(value).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Returns SQL that shows <paramref name="expression"/>, of this type, as <see cref="Text"/> does.</summary>
    public string Shown(string expression, int depth = 0) => Name switch
    {
        "Array" => $"'[' || arrayStringConcat(arrayMap(x{depth} -> {Elements[0].Shown("x" + depth, depth + 1)}, {expression}), ' ') || ']'",
        "Tuple" => string.Join(" || ':' || ", Elements.Select((element, i) => element.Shown($"{expression}.{i + 1}", depth))),
        "IPv4" => $"toString(toUInt32({expression}))",
        "Bool" => $"toString(toUInt8({expression}))",
        "DateTime64(9, 'UTC')" => $"toString(toUnixTimestamp64Nano({expression}))",
        "String" or "LowCardinality(String)" or "IPv6" => $"lower(hex({expression}))",
        _ => $"toString({expression})",
    };

    /// <summary>Returns the text of a value that capnp shows as JSON.</summary>
    public string Text(JsonElement? value) => Name switch
    {
        "Array" => $"[{string.Join(' ', Items(value).Select(item => Elements[0].Text(item)))}]",
        "Tuple" => string.Join(':', Elements.Zip(Members(value), (element, member) => element.Text(member))),
        "IPv6" => Bytes(value) is { Length: 16 } bytes ? Convert.ToHexStringLower(bytes) : new string('0', 32),
        "Bool" => value is { ValueKind: JsonValueKind.True } ? "1" : "0",
        "String" or "LowCardinality(String)" => Convert.ToHexStringLower(Bytes(value)),
        _ => Number(value).ToString(CultureInfo.InvariantCulture),
    };

    // 64-bit numbers are text in capnp's JSON.
    private static ulong Number(JsonElement? value) => value is { } number ? ulong.Parse(number.ToString(), CultureInfo.InvariantCulture)
        : 0;

    private static byte[] Bytes(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => Encoding.UTF8.GetBytes(text.GetString()!),
        { } list => [.. list.EnumerateArray().Select(o => o.GetByte())],
        null => [],
    };

    private static IEnumerable<JsonElement?> Items(JsonElement? value) =>
        value is { } list ? list.EnumerateArray().Select(e => (JsonElement?)e) : [];

    private static IEnumerable<JsonElement?> Members(JsonElement? value) =>
        value!.Value.EnumerateObject().Select(m => (JsonElement?)m.Value);

    private static byte[] BigEndian(ulong number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];

    private static IEnumerable<string> Parts(string list)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < list.Length; i++)
        {
            depth += list[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (list[i] == ',' && depth == 0)
            {
                yield return list[start..i];
                start = i + 2;
            }
        }
        yield return list[start..];
    }
}
