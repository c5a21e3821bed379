using System.Text.Json;
using System.Text.RegularExpressions;
using Suite.Tests.Records;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>
/// Makes the shipped table on a topic in the types that ClickHouse 18.16 has: no IPv6, IPv4 and Bool. A list of structs is a nested column,
/// whose members are matched by position.
/// </summary>
/// <param name="firstVersion">Takes only the columns that there were before fields were appended.</param>
internal sealed class OldClickHouseTable(TopicTable topic, bool firstVersion = false)
{
    private static readonly Dictionary<string, int> FieldsOfFirstVersion = new()
    {
        ["Update"] = 31,
        ["SFlowFlowRecord"] = 21,
        ["Reply"] = 21
    };

    private readonly IReadOnlyList<(string Name, string Type)> _columns =
    [
        .. topic.KafkaColumns().Take(firstVersion ? FieldsOfFirstVersion[topic.Struct] : int.MaxValue).Where(c => CanHold(c.Type))
            .Select(c => (c.Name, TypeOf(c.Type))),
    ];

    /// <summary>The columns that 18.16 cannot hold: a list within a list of structs has no column type there.</summary>
    public static IEnumerable<string> LeftOut(TopicTable topic) => topic.KafkaColumns().Where(c => !CanHold(c.Type)).Select(c => c.Name);

    public string Create => $"CREATE TABLE records ({string.Join(", ", _columns.Select(c => $"{c.Name} {c.Type}"))}) ENGINE = Memory";

    public const string Insert = "INSERT INTO records FORMAT CapnProto";

    /// <summary>Returns every row as the text that <see cref="RowOf"/> makes of the record.</summary>
    public string Select => $"SELECT {string.Join(", ", _columns.SelectMany(Expressions))} FROM records FORMAT TabSeparatedRaw";

    /// <param name="record">As capnp shows it.</param>
    public string RowOf(JsonElement record) =>
        string.Join('\t', _columns.SelectMany(c => Values(c.Type, record.TryGetProperty(c.Name, out var value) ? value : null)));

    private static bool CanHold(string type) => !Regex.IsMatch(type, @"Array\(Tuple\(.*Array");

    private static string TypeOf(string type) => type switch
    {
        "IPv6" => "FixedString(16)",
        "IPv4" => "UInt32",
        "Bool" => "UInt8",
        _ =>
        type
    };

    private static IEnumerable<string> Expressions((string Name, string Type) column) =>
        Members(column.Type) is { Length: > 0 } members ? members.Select((type, i) => Joined($"`{column.Name}.{i + 1}`", type))
        : column.Type == "Array(UInt32)" ? [Joined(column.Name, "UInt32")]
        : [Shown(column.Name, column.Type)];

    private static string Joined(string array, string type) => $"arrayStringConcat(arrayMap(x -> {Shown("x", type)}, {array}), ' ')";

    private static string Shown(string value, string type) => type is "String" or "FixedString(16)" ? $"lower(hex({value}))"
        : $"toString({value})";

    private static string[] Members(string type) => type.StartsWith("Array(Tuple(", StringComparison.Ordinal)
        ? type["Array(Tuple(".Length..^2].Split(", ") : [];

    private static IEnumerable<string> Values(string type, JsonElement? value) =>
        Members(type) is { Length: > 0 } members ? members.Select((member, i) =>
            Joined(value, s => Text(s.EnumerateObject().ElementAt(i).Value, member)))
        : type == "Array(UInt32)" ? [Joined(value, item => Text(item, "UInt32"))]
        : [value is { } one ? Text(one, type) : ""];

    private static string Joined(JsonElement? list, Func<JsonElement, string> text) =>
        list is { } items ? string.Join(' ', items.EnumerateArray().Select(text)) : "";

    // Data is an array of bytes in the tool's JSON, and 64-bit numbers are text.
    private static string Text(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Array => Convert.ToHexStringLower([.. value.EnumerateArray().Select(o => o.GetByte())]),
        JsonValueKind.String when type == "String" => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(value.GetString()!)),
        _ => value.ToString(),
    };
}
