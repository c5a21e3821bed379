using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Suite.Tests.Architecture;

namespace EndToEnd.Tests.Tables;

/// <summary>Makes records of a schema with another value in each field, as capnp would show them.</summary>
internal sealed class GeneratedRecords(Dictionary<string, StructLayout> structs, Random random)
{
    /// <param name="timeReceivedNs">The time of the first record; each further one is 1 ns later.</param>
    public List<JsonElement> Make(string name, int count, ulong timeReceivedNs) =>
        [.. Enumerable.Range(0, count).Select(i => Record(name, timeReceivedNs + (ulong)i))];

    /// <summary>Makes a record with a different value in each field except the time.</summary>
    public JsonElement Record(string name, ulong timeReceivedNs, params (string Field, JsonNode Value)[] given)
    {
        var record = (JsonObject)Struct(name);
        record["timeReceivedNs"] = timeReceivedNs.ToString(CultureInfo.InvariantCulture);
        // A reply keeps its own date only if the gateway's time is near it.
        if (record.ContainsKey("timeGatewayNs"))
            record["timeGatewayNs"] = (timeReceivedNs + 1_000_000).ToString(CultureInfo.InvariantCulture);
        foreach (var (field, value) in given)
            record[field] = value;
        return JsonSerializer.SerializeToElement(record);
    }

    /// <summary>Returns an address as the bytes of a Data; IPv4 as IPv4-mapped.</summary>
    public static JsonArray Address(string address) =>
        new([.. IPAddress.Parse(address).MapToIPv6().GetAddressBytes().Select(o => (JsonNode)(int)o)]);

    private JsonNode Struct(string name)
    {
        var record = new JsonObject();
        foreach (var field in structs[name].Fields)
            record[field.Name] = Value(field);
        return record;
    }

    private JsonNode Value(FieldLayout field) => field.Type switch
    {
        "Bool" => random.Next(2) == 1,
        "UInt8" => random.Next(1, 1 << 8),
        "UInt16" => random.Next(1, 1 << 16),
        "UInt32" => random.NextInt64(1, 1L << 32),
        // The times are before the year 2262.
        "UInt64" => random.NextInt64(1, field.Name.EndsWith("Ns", StringComparison.Ordinal) ? 8_000_000_000_000_000_000 : long.MaxValue)
            .ToString(CultureInfo.InvariantCulture),
        "Text" => "ams-" + random.Next(),
        "Data" => Bytes(16),
        "List(UInt32)" => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => (JsonNode)random.NextInt64(1L << 32))]),
        _ => new JsonArray([.. Enumerable.Range(0, random.Next(4))
            .Select(_ => Struct(Regex.Match(field.Type, @"\((\w+)\)").Groups[1].Value))]),
    };

    private JsonArray Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return new JsonArray([.. bytes.Select(o => (JsonNode)(int)o)]);
    }
}
