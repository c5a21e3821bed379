using Replay.Json;
using SaimirisGateway.Replies.Results;
using Shared.Records.CapnProto;

namespace Suite.Tests.Fuzz;

/// <summary>Reads every pointer of a record, and of the structs in its lists, as its schema says.</summary>
internal static class RecordWalk
{
    public static readonly RecordSchema[] Schemas =
        [UpdateSchema.Update, PeerEventSchema.PeerEvent, PeerStatisticSchema.PeerStatistic, MalformedMessageSchema.MalformedMessage,
            ReplySchema.Record, FlowSchema.Flow, InterfaceCounterSchema.InterfaceCounters];

    /// <summary>Returns false if the message is broken; <paramref name="steps"/> counts the values that were visited.</summary>
    public static bool TryWalk(RecordSchema schema, StructReader record, ref int steps)
    {
        foreach (var field in schema.Fields)
        {
            steps++;
            bool isRead = field.Kind switch
            {
                FieldKind.Text => record.TryReadText(field.Offset, out _),
                FieldKind.Address or FieldKind.Hex => record.TryReadData(field.Offset, out _),
                FieldKind.UInt32List => record.TryReadList(field.Offset, ElementSize.FourBytes, out _),
                FieldKind.StructList => TryWalkList(field, record, ref steps),
                _ => true,
            };
            if (!isRead)
                return false;
        }
        return true;
    }

    private static bool TryWalkList(RecordField field, StructReader record, ref int steps)
    {
        if (!record.TryReadList(field.Offset, ElementSize.Composite, out var list))
            return false;
        for (int i = 0; i < list.Count; i++)
        {
            if (!TryWalk(field.Element!, list.Struct(i), ref steps))
                return false;
        }
        return true;
    }
}
