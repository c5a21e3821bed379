using System.Buffers.Binary;
using Risotto.Decode.Bgp;

namespace Replay.Explain;

/// <summary>Peer Down Notification, RFC 7854 4.9 and RFC 9069 5.3, and the NOTIFICATION in it, RFC 4271 4.5.</summary>
internal static class PeerDownText
{
    public static void Print(FieldWriter fields, ReadOnlySpan<byte> body, int offset, bool isVersion3)
    {
        fields.Begin("Peer Down Notification");
        if (body.IsEmpty)
            fields.Odd("the Reason is missing");
        else
        {
            fields.Field(offset, "Reason", Reason(body[0]));
            if (isVersion3 || BgpMessageHeader.HasMarker(body[1..]) || (body[0] == 2 && body.Length == 3))
                PrintData(fields, body[0], body[1..], offset + 1);
            else
                TlvText.PrintUnknown(fields, body[1..], offset + 1);
        }
        fields.End();
    }

    private static string Reason(byte reason) => $"{reason}, " + reason switch
    {
        1 => "Local system closed, NOTIFICATION PDU follows",
        2 => "Local system closed, FSM Event follows",
        3 => "Remote system closed, NOTIFICATION PDU follows",
        4 => "Remote system closed, no data",
        5 => "Peer de-configured",
        6 => "Local system closed, TLV data follows",
        _ => "unknown",
    };

    private static void PrintData(FieldWriter fields, byte reason, ReadOnlySpan<byte> data, int offset)
    {
        switch (reason)
        {
            case 1 or 3 when data.IsEmpty:
                fields.Odd("the NOTIFICATION is missing");
                break;
            case 1 or 3:
                PrintNotification(fields, data, offset);
                break;
            case 2 when data.Length >= 2:
                fields.Field(offset, "FSM Event Code", BinaryPrimitives.ReadUInt16BigEndian(data).ToString());
                PrintRest(fields, data[2..], offset + 2);
                break;
            case 2:
                fields.Field(offset, "FSM Event Code", FieldWriter.Hex(data));
                fields.Odd("cut off: it has 2 bytes");
                break;
            case 6:
                TlvText.PrintInformation(fields, data, offset);
                break;
            default:
                PrintRest(fields, data, offset);
                break;
        }
    }

    private static void PrintNotification(FieldWriter fields, ReadOnlySpan<byte> data, int offset)
    {
        fields.Begin("BGP NOTIFICATION");
        if (BgpHeaderText.TryPrint(fields, data, offset, out var message))
        {
            var body = message[BgpMessageHeader.Length..];
            int at = offset + BgpMessageHeader.Length;
            if (message[BgpMessageHeader.TypeOffset] != (byte)BgpMessageType.Notification)
                fields.Odd("this is no NOTIFICATION");
            else
                PrintNotificationFields(fields, body, at);
            PrintRest(fields, data[message.Length..], offset + message.Length);
        }
        fields.End();
    }

    /// <summary>A NOTIFICATION after its message header.</summary>
    public static void PrintNotificationFields(FieldWriter fields, ReadOnlySpan<byte> body, int at)
    {
        if (body.Length < 2)
        {
            fields.Odd("Error Code and Error Subcode are cut off");
            return;
        }
        fields.Field(at, "Error Code", $"{body[0]}, {ErrorCode(body[0])}");
        fields.Field(at + 1, "Error Subcode", $"{body[1]}{Subcode(body[0], body[1])}");
        PrintNotificationData(fields, body, at);
    }

    private static void PrintNotificationData(FieldWriter fields, ReadOnlySpan<byte> body, int at)
    {
        var data = body[2..];
        if (data.IsEmpty)
            return;
        // RFC 9003 2: Administrative Shutdown and Reset may carry a length and a text.
        bool isText = body[0] == 6 && body[1] is 2 or 4 && data[0] == data.Length - 1;
        fields.Field(at + 2, isText ? "Shutdown Communication" : "Data", isText ? FieldWriter.Text(data[1..]) : FieldWriter.Hex(data));
    }

    private static void PrintRest(FieldWriter fields, ReadOnlySpan<byte> rest, int offset)
    {
        if (!rest.IsEmpty)
            fields.Field(offset, "Not read", FieldWriter.Hex(rest));
    }

    private static string ErrorCode(byte code) => code switch
    {
        1 => "Message Header Error",
        2 => "OPEN Message Error",
        3 => "UPDATE Message Error",
        4 => "Hold Timer Expired",
        5 => "Finite State Machine Error",
        6 => "Cease",
        7 => "ROUTE-REFRESH Message Error",
        8 => "Send Hold Timer Expired",
        _ => "unknown",
    };

    // RFC 4271 4.5, 4486, 5492, 6608, 7313, 8538, 9234, 9384.
    private static string Subcode(byte code, byte subcode)
    {
        string[] names = code switch
        {
            1 => ["", "Connection Not Synchronized", "Bad Message Length", "Bad Message Type"],
            2 => ["", "Unsupported Version Number", "Bad Peer AS", "Bad BGP Identifier", "Unsupported Optional Parameter", "",
                "Unacceptable Hold Time", "Unsupported Capability", "", "", "", "Role Mismatch"],
            3 => ["", "Malformed Attribute List", "Unrecognized Well-known Attribute", "Missing Well-known Attribute",
                "Attribute Flags Error", "Attribute Length Error", "Invalid ORIGIN Attribute", "", "Invalid NEXT_HOP Attribute",
                "Optional Attribute Error", "Invalid Network Field", "Malformed AS_PATH"],
            5 => ["", "Receive Unexpected Message in OpenSent State", "Receive Unexpected Message in OpenConfirm State",
                "Receive Unexpected Message in Established State"],
            6 => ["", "Maximum Number of Prefixes Reached", "Administrative Shutdown", "Peer De-configured", "Administrative Reset",
                "Connection Rejected", "Other Configuration Change", "Connection Collision Resolution", "Out of Resources", "Hard Reset",
                "BFD Down"],
            7 => ["", "Invalid Message Length"],
            _ => [],
        };
        return subcode < names.Length && names[subcode].Length > 0 ? $", {names[subcode]}" : "";
    }
}
