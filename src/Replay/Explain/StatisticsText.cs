using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>
/// Statistics Report, RFC 7854 4.8: Stats Count (4), then Stat Type (2), Stat Len (2), Stat Data. Names: IANA, BMP Statistics Types.
/// </summary>
internal static class StatisticsText
{
    private static readonly string[] Names =
    [
        "Prefixes rejected by inbound policy",
        "Duplicate prefix advertisements",
        "Duplicate withdraws",
        "Updates invalidated: CLUSTER_LIST loop",
        "Updates invalidated: AS_PATH loop",
        "Updates invalidated: ORIGINATOR_ID",
        "Updates invalidated: AS_CONFED loop",
        "Routes in Adj-RIBs-In",
        "Routes in Loc-RIB",
        "Routes in per-AFI/SAFI Adj-RIB-In",
        "Routes in per-AFI/SAFI Loc-RIB",
        "Updates subjected to treat-as-withdraw",
        "Prefixes subjected to treat-as-withdraw",
        "Duplicate update messages received",
        "Routes in pre-policy Adj-RIB-Out",
        "Routes in post-policy Adj-RIB-Out",
        "Routes in per-AFI/SAFI pre-policy Adj-RIB-Out",
        "Routes in per-AFI/SAFI post-policy Adj-RIB-Out",
    ];

    public static void Print(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset)
    {
        fields.Begin("Statistics Report");
        var reader = new WireReader(bytes, offset);
        if (reader.TryReadUInt32(out uint count))
        {
            fields.Field(offset, "Stats Count", count.ToString());
            while (TlvText.TryRead(fields, ref reader, "Stat", out int at, out ushort type, out var data))
                fields.Field(at, "Stat", $"type {type}, length {data.Length}, {Name(type)}: {Value(data)}");
        }
        else
        {
            fields.Field(offset, "Stats Count", FieldWriter.Hex(bytes));
            fields.Odd("cut off: it has 4 bytes");
        }
        fields.End();
    }

    private static string Name(ushort type) => type < Names.Length ? Names[type] : "not known to this version";

    private static string Value(ReadOnlySpan<byte> data) => data.Length switch
    {
        4 => BinaryPrimitives.ReadUInt32BigEndian(data).ToString(),
        8 => BinaryPrimitives.ReadUInt64BigEndian(data).ToString(),
        11 => $"{FamilyText.Of(BinaryPrimitives.ReadUInt16BigEndian(data), data[2])} {BinaryPrimitives.ReadUInt64BigEndian(data[3..])}",
        _ => FieldWriter.Hex(data),
    };
}
