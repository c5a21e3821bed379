using System.Text;
using System.Text.Json;
using Shared.Records.Wire;

namespace Shared.Records.CapnProto;

/// <summary>Writes a record as one JSON object, with the schema's field names in the order of their ordinals.</summary>
public static class RecordJson
{
    /// <summary>False: the message is broken. Discard what was written; the reader has the error.</summary>
    public static bool TryWrite(Utf8JsonWriter json, RecordSchema schema, StructReader record)
    {
        json.WriteStartObject();
        foreach (var field in schema.Fields)
        {
            json.WritePropertyName(field.Name);
            if (!TryWriteValue(json, field, record))
                return false;
        }
        json.WriteEndObject();
        return true;
    }

    private static bool TryWriteValue(Utf8JsonWriter json, RecordField field, StructReader record)
    {
        switch (field.Kind)
        {
            case FieldKind.Bool:
                json.WriteBooleanValue(record.ReadBool(field.Offset));
                return true;
            case FieldKind.UInt8:
                json.WriteNumberValue((uint)record.ReadByte(field.Offset));
                return true;
            case FieldKind.UInt16:
                json.WriteNumberValue((uint)record.ReadUInt16(field.Offset));
                return true;
            case FieldKind.UInt32:
                json.WriteNumberValue(record.ReadUInt32(field.Offset));
                return true;
            case FieldKind.UInt64:
                json.WriteNumberValue(record.ReadUInt64(field.Offset));
                return true;
            case FieldKind.Text:
                bool hasText = record.TryReadText(field.Offset, out var text);
                json.WriteStringValue(Encoding.UTF8.GetString(text));
                return hasText;
            case FieldKind.Address or FieldKind.Hex:
                bool hasData = record.TryReadData(field.Offset, out var data);
                bool isAddress = field.Kind == FieldKind.Address && data.Length == 16;
                json.WriteStringValue(isAddress ? Ipv6Address.FromV6(data).ToString() : Convert.ToHexStringLower(data));
                return hasData;
            default:
                return TryWriteList(json, field, record);
        }
    }

    private static bool TryWriteList(Utf8JsonWriter json, RecordField field, StructReader record)
    {
        var elements = field.Kind == FieldKind.UInt32List ? ElementSize.FourBytes : ElementSize.Composite;
        if (!record.TryReadList(field.Offset, elements, out var list))
            return false;
        json.WriteStartArray();
        for (int i = 0; i < list.Count; i++)
        {
            if (field.Element is null)
                json.WriteNumberValue(list.UInt32(i));
            else if (!TryWrite(json, field.Element, list.Struct(i)))
                return false;
        }
        json.WriteEndArray();
        return true;
    }
}
