using System.Text.Json;

namespace EndToEnd.Tests.ClickHouse;

/// <summary>
/// The table of updates in the types that ClickHouse 18.16 has: no IPv6 and no Bool. A list of structs is a nested column, whose
/// members are matched by position.
/// </summary>
internal static class UpdateTable
{
    private enum Kind
    {
        Number,
        Text,
        Octets,
        Numbers,
        Structs,
    }

    private static readonly (string Name, string Type, Kind Kind)[] Columns =
    [
        ("timeReceivedNs", "UInt64", Kind.Number), ("timeBmpHeaderNs", "UInt64", Kind.Number),
        ("routerAddr", "FixedString(16)", Kind.Octets), ("routerPort", "UInt16", Kind.Number),
        ("peerAddr", "FixedString(16)", Kind.Octets), ("peerBgpId", "UInt32", Kind.Number), ("peerAsn", "UInt32", Kind.Number),
        ("prefixAddr", "FixedString(16)", Kind.Octets), ("prefixLen", "UInt8", Kind.Number),
        ("isPostPolicy", "UInt8", Kind.Number), ("isAdjRibOut", "UInt8", Kind.Number),
        ("announced", "UInt8", Kind.Number), ("synthetic", "UInt8", Kind.Number),
        ("origin", "String", Kind.Text), ("asPath", "Array(UInt32)", Kind.Numbers), ("nextHop", "FixedString(16)", Kind.Octets),
        ("multiExitDisc", "UInt32", Kind.Number), ("localPreference", "UInt32", Kind.Number), ("onlyToCustomer", "UInt32", Kind.Number),
        ("atomicAggregate", "UInt8", Kind.Number), ("aggregatorAsn", "UInt32", Kind.Number), ("aggregatorBgpId", "UInt32", Kind.Number),
        ("communities", "Array(Tuple(UInt32, UInt16))", Kind.Structs),
        ("extendedCommunities", "Array(Tuple(UInt8, UInt8, String))", Kind.Structs),
        ("largeCommunities", "Array(Tuple(UInt32, UInt32, UInt32))", Kind.Structs),
        ("originatorId", "UInt32", Kind.Number), ("clusterList", "Array(UInt32)", Kind.Numbers),
        ("mpReachAfi", "UInt16", Kind.Number), ("mpReachSafi", "UInt8", Kind.Number),
        ("mpUnreachAfi", "UInt16", Kind.Number), ("mpUnreachSafi", "UInt8", Kind.Number),
        ("pathId", "UInt32", Kind.Number), ("peerType", "UInt8", Kind.Number), ("ribView", "UInt8", Kind.Number), ("hasPathId", "UInt8", Kind.Number),
        ("peerDistinguisher", "UInt64", Kind.Number), ("routeDistinguisher", "UInt64", Kind.Number),
        ("collectorEpochNs", "UInt64", Kind.Number), ("sequence", "UInt64", Kind.Number), ("attributesPresent", "UInt64", Kind.Number),
        ("afi", "UInt16", Kind.Number), ("safi", "UInt8", Kind.Number), ("peerFlags", "UInt8", Kind.Number), ("errorAction", "UInt8", Kind.Number),
        ("collectorId", "String", Kind.Text), ("nextHopLinkLocal", "String", Kind.Octets),
        ("mplsLabels", "Array(UInt32)", Kind.Numbers),
        ("otherAttributes", "Array(Tuple(UInt8, UInt8, String))", Kind.Structs),
    ];

    public static IEnumerable<string> Names => Columns.Select(c => c.Name);

    public static string Create => $"CREATE TABLE updates ({string.Join(", ", Columns.Select(c => $"{c.Name} {c.Type}"))}) ENGINE = Memory";

    public const string Insert = "INSERT INTO updates FORMAT CapnProto";

    /// <summary>Every row as the text that <see cref="RowOf"/> makes of the record.</summary>
    public static string Select => $"SELECT {string.Join(", ", Columns.SelectMany(Expressions))} FROM updates FORMAT TabSeparatedRaw";

    public static string RowOf(JsonElement update) =>
        string.Join('\t', Columns.SelectMany(c => Values(c, update.TryGetProperty(c.Name, out var value) ? value : null)));

    private static IEnumerable<string> Expressions((string Name, string Type, Kind Kind) column) => column.Kind switch
    {
        Kind.Octets => [$"lower(hex({column.Name}))"],
        Kind.Numbers => [Joined(column.Name, octets: false)],
        Kind.Structs => Members(column.Type).Select((type, i) => Joined($"`{column.Name}.{i + 1}`", octets: type == "String")),
        _ => [$"toString({column.Name})"],
    };

    private static string Joined(string array, bool octets) =>
        $"arrayStringConcat(arrayMap(x -> {(octets ? "lower(hex(x))" : "toString(x)")}, {array}), ' ')";

    private static string[] Members(string type) => type["Array(Tuple(".Length..^2].Split(", ");

    private static IEnumerable<string> Values((string Name, string Type, Kind Kind) column, JsonElement? value) => column.Kind switch
    {
        Kind.Structs => Members(column.Type).Select((_, i) => Joined(value, s => Text(s.EnumerateObject().ElementAt(i).Value))),
        Kind.Numbers => [Joined(value, Text)],
        _ => [value is { } one ? Text(one) : ""],
    };

    private static string Joined(JsonElement? list, Func<JsonElement, string> text) =>
        list is { } items ? string.Join(' ', items.EnumerateArray().Select(text)) : "";

    // Data is an array of octets in the tool's JSON, and 64-bit numbers are text.
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Array => Convert.ToHexStringLower([.. value.EnumerateArray().Select(o => o.GetByte())]),
        _ => value.ToString(),
    };
}
