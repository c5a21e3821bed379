using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>A BMP message field by field: the common header (RFC 7854 4.1), the per-peer header, and what the Message Type says.</summary>
internal static class MessageText
{
    // draft-ietf-grow-bmp-tlv: Type (2), Length of the value (2), and in some drafts an Index (2), before the value.
    private const int IndexBytes = 2, NoTlvs = -1;

    /// <summary>Prints the message, or as much of it as is there.</summary>
    /// <param name="fields">Takes the lines.</param>
    /// <param name="message">Its bytes.</param>
    /// <param name="view">The view that its per-peer header names; null where the session has none.</param>
    /// <param name="updates">The UPDATEs of the message that the pipeline took.</param>
    public static void Print(FieldWriter fields, ReadOnlySpan<byte> message, PeerView? view, IReadOnlyList<ExplainedUpdate> updates)
    {
        if (!PrintCommonHeader(fields, message))
            return;
        var type = (MessageType)message[CommonHeader.TypeOffset];
        if (type is MessageType.InitiationMessage or MessageType.TerminationMessage)
            PrintInformation(fields, type, message[CommonHeader.Length..]);
        else if (type > MessageType.RouteMirroring)
            fields.Field(CommonHeader.Length, "Not read", FieldWriter.Hex(message[CommonHeader.Length..]));
        else if (PerPeerHeaderText.Print(fields, message))
            PrintBody(fields, type, message, view, updates);
    }

    public static string Type(byte type) => type switch
    {
        0 => "Route Monitoring",
        1 => "Statistics Report",
        2 => "Peer Down Notification",
        3 => "Peer Up Notification",
        4 => "Initiation",
        5 => "Termination",
        6 => "Route Mirroring",
        _ => "unknown type",
    };

    private static bool PrintCommonHeader(FieldWriter fields, ReadOnlySpan<byte> message)
    {
        fields.Begin("Common Header");
        bool isWhole = message.Length >= CommonHeader.Length;
        if (isWhole)
        {
            fields.Field(CommonHeader.VersionOffset, "Version", message[CommonHeader.VersionOffset].ToString());
            fields.Field(CommonHeader.LengthOffset, "Message Length", CommonHeader.MessageLength(message).ToString());
            byte type = message[CommonHeader.TypeOffset];
            fields.Field(CommonHeader.TypeOffset, "Message Type", $"{type}, {Type(type)}");
        }
        else
            fields.Field(0, "Cut off", FieldWriter.Hex(message));
        fields.End();
        return isWhole;
    }

    private static void PrintInformation(FieldWriter fields, MessageType type, ReadOnlySpan<byte> body)
    {
        fields.Begin(Type((byte)type));
        if (type == MessageType.InitiationMessage)
            TlvText.PrintInformation(fields, body, CommonHeader.Length);
        else
            TlvText.PrintTermination(fields, body, CommonHeader.Length);
        fields.End();
    }

    private static void PrintBody(
        FieldWriter fields, MessageType type, ReadOnlySpan<byte> message, PeerView? view, IReadOnlyList<ExplainedUpdate> updates)
    {
        const int offset = PerPeerHeader.End;
        var header = new PerPeerHeader(message[PerPeerHeader.Offset..]);
        var body = message[offset..];
        // A session that has no such view knows nothing of how the peer's messages are read.
        var reading = view ?? new PeerView(new Peer(header.Peer, 0), 0, header);
        bool isVersion3 = message[CommonHeader.VersionOffset] == CommonHeader.Version;
        switch (type)
        {
            case MessageType.RouteMonitoring when isVersion3 || BgpMessageHeader.HasMarker(body):
                PrintUpdates(fields, body, offset, reading, updates);
                break;
            case MessageType.RouteMonitoring:
                PrintTlvs(fields, body, offset, reading, updates);
                break;
            case MessageType.StatisticsReport:
                StatisticsText.Print(fields, body, offset);
                break;
            case MessageType.PeerDownNotification:
                PeerDownText.Print(fields, body, offset, isVersion3);
                break;
            case MessageType.PeerUpNotification:
                PeerUpText.Print(fields, body, offset, header);
                break;
            default:
                fields.Begin(Type((byte)type));
                TlvText.PrintMirroring(fields, body, offset, (bgp, at) => PrintBgp(fields, bgp, at, reading, update: null));
                fields.End();
                break;
        }
    }

    private static void PrintUpdates(
        FieldWriter fields, ReadOnlySpan<byte> body, int start, PeerView view, IReadOnlyList<ExplainedUpdate> updates)
    {
        int position = 0;
        // RFC 7854 4.6 has one UPDATE. Another one follows where another marker does.
        do
        {
            int offset = start + position;
            int length = PrintBgp(fields, body[position..], offset, view, updates.FirstOrDefault(update => update.Offset == offset));
            if (length == 0)
                return;
            position += length;
        }
        while (position < body.Length && BgpMessageHeader.HasMarker(body[position..]));
        if (position < body.Length)
        {
            fields.Field(start + position, "Not read", FieldWriter.Hex(body[position..]));
            fields.Odd("these bytes after the BGP message are skipped");
        }
    }

    // Returns the length of the BGP message; 0 where its header cannot be read.
    private static int PrintBgp(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset, PeerView view, ExplainedUpdate? update)
    {
        var type = bytes.Length < BgpMessageHeader.Length ? BgpMessageType.Update
            : (BgpMessageType)bytes[BgpMessageHeader.TypeOffset];
        fields.Begin(type switch
        {
            BgpMessageType.Update => "BGP UPDATE",
            BgpMessageType.Open => "BGP OPEN",
            BgpMessageType.Notification => "BGP NOTIFICATION",
            _ => "BGP message",
        });
        bool canBeRead = BgpHeaderText.TryPrint(fields, bytes, offset, out var message);
        if (canBeRead)
            PrintBgpFields(fields, type, message, offset, view, update);
        fields.End();
        return canBeRead ? message.Length : 0;
    }

    private static void PrintBgpFields(
        FieldWriter fields, BgpMessageType type, ReadOnlySpan<byte> message, int offset, PeerView view, ExplainedUpdate? update)
    {
        int bodyOffset = offset + BgpMessageHeader.Length;
        var body = message[BgpMessageHeader.Length..];
        if (type == BgpMessageType.Update)
            UpdateText.Print(fields, message, offset, update?.Reading ?? view, update?.Fates);
        else if (type == BgpMessageType.Open)
            PeerUpText.PrintOpenFields(fields, body, bodyOffset);
        else if (type == BgpMessageType.Notification)
            PeerDownText.PrintNotificationFields(fields, body, bodyOffset);
        else if (!body.IsEmpty)
            fields.Field(bodyOffset, "Not read", FieldWriter.Hex(body));
    }

    private static void PrintTlvs(
        FieldWriter fields, ReadOnlySpan<byte> body, int offset, PeerView view, IReadOnlyList<ExplainedUpdate> updates)
    {
        int indexBytes = IndexOfTlvs(body);
        if (indexBytes == NoTlvs)
        {
            fields.Field(offset, "Not read", FieldWriter.Hex(body));
            fields.Odd("these bytes are neither an UPDATE nor TLVs that end where the message ends");
            return;
        }
        fields.Begin("Route Monitoring TLVs");
        for (var reader = new WireReader(body, offset); !reader.IsEmpty;)
        {
            int at = reader.Offset;
            reader.TryReadUInt16(out ushort type);
            reader.TryReadUInt16(out ushort length);
            ushort index = 0;
            if (indexBytes > 0)
                reader.TryReadUInt16(out index);
            reader.TryReadBytes(length, out var value);
            PrintTlv(fields, at, type, indexBytes > 0 ? $", index {index}" : "", value, reader.Offset - length, view, updates);
        }
        fields.End();
    }

    private static void PrintTlv(
        FieldWriter fields, int at, ushort type, string index, ReadOnlySpan<byte> value, int valueAt, PeerView view,
        IReadOnlyList<ExplainedUpdate> updates)
    {
        bool isEnterprise = (type & 0x8000) != 0, isUpdate = BgpMessageHeader.HasMarker(value);
        string header = $"type {type & 0x7FFF}, length {value.Length}{index}";
        fields.Begin(at, isEnterprise ? "Enterprise TLV" : "TLV", isUpdate ? header : $"{header}: {FieldWriter.Hex(value)}");
        if (isUpdate)
            PrintUpdates(fields, value, valueAt, view, updates);
        fields.End();
    }

    // The bytes of the index with which the TLVs end where the message ends.
    private static int IndexOfTlvs(ReadOnlySpan<byte> body)
    {
        foreach (int indexBytes in (ReadOnlySpan<int>)[IndexBytes, 0])
        {
            var reader = new WireReader(body);
            while (reader.TrySkip(2) && reader.TryReadUInt16(out ushort length) && reader.TrySkip(indexBytes + length))
            {
                if (reader.IsEmpty)
                    return indexBytes;
            }
        }
        return NoTlvs;
    }
}
