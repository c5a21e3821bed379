using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>The TLVs of BMP messages: Type (2), Length (2), value (RFC 7854 4.4, 4.5, 4.7; RFC 9069 4.4).</summary>
internal static class TlvText
{
    private const int HeaderBytes = 4;
    private const string Unknown = "unknown";

    /// <summary>Information TLVs of Initiation, Peer Up and Peer Down.</summary>
    public static void PrintInformation(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset) =>
        Print(fields, bytes, offset, "Information TLV", (type, value) =>
            (InformationType(type), InformationType(type) == Unknown ? FieldWriter.Hex(value) : FieldWriter.Text(value)));

    public static void PrintTermination(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset) =>
        Print(fields, bytes, offset, "Information TLV", (type, value) => (type, value.Length) switch
        {
            (0, _) => ("String", FieldWriter.Text(value)),
            (1, 2) => ("Reason", TerminationReason(BinaryPrimitives.ReadUInt16BigEndian(value))),
            (1, _) => ("Reason", FieldWriter.Hex(value)),
            _ => ("unknown", FieldWriter.Hex(value)),
        });

    /// <summary>TLVs whose meaning this version does not know.</summary>
    public static void PrintUnknown(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset) =>
        Print(fields, bytes, offset, "TLV", (_, value) => ("value", FieldWriter.Hex(value)));

    public static void PrintMirroring(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset, BgpPrinter printBgp)
    {
        var reader = new WireReader(bytes, offset);
        while (TryRead(fields, ref reader, "Route Mirroring TLV", out int at, out ushort type, out var value))
        {
            string meaning = type switch { 0 => "BGP Message", 1 => "Information", _ => Unknown };
            fields.Begin(at, "Route Mirroring TLV", $"type {type}, length {value.Length}, {meaning}");
            if (type == 0)
                printBgp(value, at + HeaderBytes);
            else if (type == 1 && value.Length == 2)
                fields.Field(at + HeaderBytes, "Information Code", MirroringCode(BinaryPrimitives.ReadUInt16BigEndian(value)));
            else
                fields.Field(at + HeaderBytes, "Value", FieldWriter.Hex(value));
            fields.End();
        }
    }

    public delegate void BgpPrinter(ReadOnlySpan<byte> bgp, int offset);

    private delegate (string Name, string Value) Description(ushort type, ReadOnlySpan<byte> value);

    private static void Print(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset, string name, Description describe)
    {
        var reader = new WireReader(bytes, offset);
        while (TryRead(fields, ref reader, name, out int at, out ushort type, out var value))
        {
            var (meaning, text) = describe(type, value);
            fields.Field(at, name, $"type {type}, length {value.Length}, {meaning}: {text}");
        }
    }

    /// <summary>Reads the next TLV; prints one that is cut off, which ends the walk.</summary>
    public static bool TryRead(
        FieldWriter fields, ref WireReader reader, string name, out int at, out ushort type, out ReadOnlySpan<byte> value)
    {
        at = reader.Offset;
        var rest = reader.Rest;
        type = 0;
        value = default;
        if (rest.IsEmpty)
            return false;
        ushort length = 0;
        if (reader.TryReadUInt16(out type) && reader.TryReadUInt16(out length) && reader.TryReadBytes(length, out value))
            return true;
        fields.Field(at, name, FieldWriter.Hex(rest));
        fields.Odd(rest.Length < HeaderBytes
            ? $"cut off: a TLV has at least {HeaderBytes} bytes, and {rest.Length} are there"
            : $"cut off: type {type}, length {length}, and {rest.Length - HeaderBytes} bytes are there");
        return false;
    }

    private static string InformationType(ushort type) => type switch
    {
        0 => "String",
        1 => "sysDescr",
        2 => "sysName",
        3 => "VRF/Table Name",
        4 => "Admin Label",
        _ => Unknown,
    };

    private static string TerminationReason(ushort reason) => $"{reason}, " + reason switch
    {
        0 => "Session administratively closed",
        1 => "Unspecified reason",
        2 => "Out of resources",
        3 => "Redundant connection",
        4 => "Session permanently administratively closed",
        _ => "unknown",
    };

    private static string MirroringCode(ushort code) => $"{code}, " + code switch
    {
        0 => "Errored PDU",
        1 => "Messages Lost",
        _ => "unknown",
    };
}
