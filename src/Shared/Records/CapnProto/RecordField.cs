using System.Text.Json;

namespace Shared.Records.CapnProto;

/// <summary>Says how a struct stores a field, and how JSON shows it.</summary>
public enum FieldKind
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Text,

    /// <summary>Data that JSON shows as an IP address if it has 16 bytes, and as hexadecimal digits otherwise.</summary>
    Address,

    /// <summary>Data that JSON shows as lower-case hexadecimal digits.</summary>
    Hex,
    UInt32List,
    StructList,
}

/// <summary>Describes one field of a schema.</summary>
/// <param name="Offset">For a number, the byte of the data section; for a Bool its bit; otherwise the number of the pointer.</param>
public sealed record RecordField(JsonEncodedText Name, FieldKind Kind, int Offset, RecordSchema? Element = null)
{
    public static RecordField Bool(string name, int bit) => new(JsonEncodedText.Encode(name), FieldKind.Bool, bit);

    public static RecordField UInt8(string name, int offset) => new(JsonEncodedText.Encode(name), FieldKind.UInt8, offset);

    public static RecordField UInt16(string name, int offset) => new(JsonEncodedText.Encode(name), FieldKind.UInt16, offset);

    public static RecordField UInt32(string name, int offset) => new(JsonEncodedText.Encode(name), FieldKind.UInt32, offset);

    public static RecordField UInt64(string name, int offset) => new(JsonEncodedText.Encode(name), FieldKind.UInt64, offset);

    public static RecordField Text(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.Text, pointer);

    public static RecordField Address(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.Address, pointer);

    public static RecordField Hex(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.Hex, pointer);

    public static RecordField UInt32List(string name, int pointer) => new(JsonEncodedText.Encode(name), FieldKind.UInt32List, pointer);

    public static RecordField List(string name, int pointer, RecordSchema element) =>
        new(JsonEncodedText.Encode(name), FieldKind.StructList, pointer, element);
}

/// <summary>Lists a struct's fields in the order of their ordinals, with the layout of <c>capnp compile -ocapnp</c>.</summary>
public sealed record RecordSchema(params RecordField[] Fields);
