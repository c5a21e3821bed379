using System.Text.Json;

namespace Shared.Records.CapnProto;

/// <summary>How a field lies in its struct, and how JSON shows it.</summary>
public enum FieldKind
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Text,

    /// <summary>Data of 16 octets, shown as an address in its own family; any other length as hexadecimal digits.</summary>
    Address,

    /// <summary>Data, shown as lower-case hexadecimal digits.</summary>
    Hex,
    UInt32List,
    StructList,
}

/// <summary>One field of a schema.</summary>
/// <param name="Place">Octet of the data section; its bit for a Bool; the number of the pointer for all that is no number.</param>
public sealed record RecordField(JsonEncodedText Name, FieldKind Kind, int Place, RecordSchema? Element = null)
{
    public static RecordField Bool(string name, int bit) => new(JsonEncodedText.Encode(name), FieldKind.Bool, bit);

    public static RecordField UInt8(string name, int octet) => new(JsonEncodedText.Encode(name), FieldKind.UInt8, octet);

    public static RecordField UInt16(string name, int octet) => new(JsonEncodedText.Encode(name), FieldKind.UInt16, octet);

    public static RecordField UInt32(string name, int octet) => new(JsonEncodedText.Encode(name), FieldKind.UInt32, octet);

    public static RecordField UInt64(string name, int octet) => new(JsonEncodedText.Encode(name), FieldKind.UInt64, octet);

    public static RecordField Text(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.Text, pointer);

    public static RecordField Address(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.Address, pointer);

    public static RecordField Hex(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.Hex, pointer);

    public static RecordField UInt32List(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.UInt32List, pointer);

    public static RecordField List(string name, int pointer, RecordSchema element) =>
        new(JsonEncodedText.Encode(name), FieldKind.StructList, pointer, element);
}

/// <summary>A struct's fields in the order of their ordinals, laid out as <c>capnp compile -ocapnp</c> says.</summary>
public sealed record RecordSchema(params RecordField[] Fields);
