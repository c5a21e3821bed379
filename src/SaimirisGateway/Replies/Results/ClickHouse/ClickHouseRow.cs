using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Shared.Records.CapnProto;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Results.ClickHouse;

/// <summary>Reads a row of <see cref="Columns"/> and makes the JSON of its record.</summary>
internal sealed class ClickHouseRow(DbDataReader reader)
{
    private static readonly RecordField[] Fields = ReplySchema.Record.Fields;
    private static readonly int AgentId = Place("agentId"), EpochNs = Place("collectorEpochNs"), Sequence = Place("sequence");

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    /// <summary>The time at which the gateway read the reply, nanoseconds since 1970 UTC.</summary>
    public const string GatewayTime = "toUnixTimestamp64Nano(time_gateway_ns)";

    /// <summary>The columns, one for each field of the schema, in its order.</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. Fields.Select(field => field.Name.Value switch
    {
        // A number does not depend on a time zone.
        "timeReceivedNs" => "toUnixTimestamp64Nano(time_received_ns)",
        "timeGatewayNs" => GatewayTime,
        "replyMplsLabel" => "reply_mpls_labels",
        var name => SnakeCase(name),
    })];

    public ReplyJson Read()
    {
        _bytes.ResetWrittenCount();
        using var json = new Utf8JsonWriter(_bytes, ReplyJson.Format);
        json.WriteStartObject();
        for (int i = 0; i < Fields.Length; i++)
        {
            json.WritePropertyName(Fields[i].Name);
            Write(json, Fields[i], reader.GetValue(i));
        }
        json.WriteEndObject();
        json.Flush();
        return new ReplyJson(
            reader.GetString(AgentId), Number(reader.GetValue(EpochNs)), Number(reader.GetValue(Sequence)), _bytes.WrittenSpan.ToArray());
    }

    private static void Write(Utf8JsonWriter json, RecordField field, object value)
    {
        switch (field.Kind)
        {
            case FieldKind.Text:
                json.WriteStringValue((string)value);
                break;
            case FieldKind.Address:
                json.WriteStringValue(Ipv6Address.From((IPAddress)value).ToString());
                break;
            case FieldKind.StructList:
                json.WriteStartArray();
                foreach (ITuple entry in (Array)value)
                {
                    json.WriteStartObject();
                    for (int i = 0; i < field.Element!.Fields.Length; i++)
                    {
                        json.WritePropertyName(field.Element.Fields[i].Name);
                        json.WriteNumberValue(Number(entry[i]!));
                    }
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                break;
            default:
                json.WriteNumberValue(Number(value));
                break;
        }
    }

    private static ulong Number(object value) => Convert.ToUInt64(value, CultureInfo.InvariantCulture);

    private static int Place(string name) => Array.FindIndex(Fields, field => field.Name.Value == name);

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name)
            text.Append(char.IsAsciiLetterUpper(letter) ? "_" : "").Append(char.ToLowerInvariant(letter));
        return text.ToString();
    }
}
