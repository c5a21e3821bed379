using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>A BMP message field by field: the common header (RFC 7854 4.1), the per-peer header, and what the Message Type says.</summary>
internal static class MessageText
{
    private const int TlvHeaderBytes = 4, IndexBytes = 2;

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
                PrintUpdates(fields, body, reading, updates);
                break;
            case MessageType.RouteMonitoring:
                PrintIndexedTlvs(fields, body, offset);
                break;
            case MessageType.StatisticsReport:
                StatisticsText.Print(fields, body, offset);
                break;
            case MessageType.PeerDownNotification:
                PeerDownText.Print(fields, body, offset);
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

    private static void PrintUpdates(FieldWriter fields, ReadOnlySpan<byte> body, PeerView view, IReadOnlyList<ExplainedUpdate> updates)
    {
        int position = 0;
        // RFC 7854 4.6 has one UPDATE. Another one follows where another marker does.
        do
        {
            int offset = PerPeerHeader.End + position;
            int length = PrintBgp(fields, body[position..], offset, view, updates.FirstOrDefault(update => update.Offset == offset));
            if (length == 0)
                return;
            position += length;
        }
        while (position < body.Length && BgpMessageHeader.HasMarker(body[position..]));
        if (position < body.Length)
        {
            fields.Field(PerPeerHeader.End + position, "Not read", FieldWriter.Hex(body[position..]));
            fields.Odd("these bytes after the BGP message are skipped");
        }
    }

    // Returns the length of the BGP message; 0 where its header cannot be read.
    private static int PrintBgp(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset, PeerView view, ExplainedUpdate? update)
    {
        bool isUpdate = bytes.Length < BgpMessageHeader.Length || bytes[BgpMessageHeader.TypeOffset] == (byte)BgpMessageType.Update;
        fields.Begin(isUpdate ? "BGP UPDATE" : "BGP message");
        bool canBeRead = BgpHeaderText.TryPrint(fields, bytes, offset, out var message);
        if (canBeRead && isUpdate)
            UpdateText.Print(fields, message, offset, update?.Reading ?? view, update?.Fates);
        else if (canBeRead)
            fields.Field(offset + BgpMessageHeader.Length, "Not read", FieldWriter.Hex(message[BgpMessageHeader.Length..]));
        fields.End();
        return canBeRead ? message.Length : 0;
    }

    // draft-ietf-grow-bmp-tlv 4.2: Type (2, the high bit: enterprise), Length of the value (2), Index (2), value.
    private static void PrintIndexedTlvs(FieldWriter fields, ReadOnlySpan<byte> body, int offset)
    {
        fields.Begin("Route Monitoring TLVs");
        var reader = new WireReader(body, offset);
        while (!reader.IsEmpty)
        {
            int at = reader.Offset;
            var rest = reader.Rest;
            if (!reader.TryReadUInt16(out ushort type) || !reader.TryReadUInt16(out ushort length)
                || !reader.TryReadUInt16(out ushort index) || !reader.TryReadBytes(length, out var value))
            {
                fields.Field(at, "TLV", FieldWriter.Hex(rest));
                fields.Odd($"cut off: the header has {TlvHeaderBytes + IndexBytes} bytes, and its length goes past the message");
                break;
            }
            bool isEnterprise = (type & 0x8000) != 0;
            fields.Field(at, isEnterprise ? "Enterprise TLV" : "TLV",
                $"type {type & 0x7FFF}, length {length}, index {index}: {FieldWriter.Hex(value)}");
        }
        fields.End();
    }
}
