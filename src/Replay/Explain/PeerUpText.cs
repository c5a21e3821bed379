using System.Buffers.Binary;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Frame;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>Peer Up Notification, RFC 7854 4.10, and the OPENs in it, RFC 4271 4.2.</summary>
internal static class PeerUpText
{
    private const int AddressBytes = 16;

    // Of an OPEN after its message header: Version (1), My Autonomous System (2), Hold Time (2), BGP Identifier (4), Opt Parm Len (1).
    private const int FixedBytes = 10;
    private const byte CapabilitiesParameter = 2, ExtendedType = 255;

    public static void Print(FieldWriter fields, ReadOnlySpan<byte> body, int offset, in PerPeerHeader header)
    {
        fields.Begin("Peer Up Notification");
        PrintFields(fields, body, offset, header);
        fields.End();
    }

    private static void PrintFields(FieldWriter fields, ReadOnlySpan<byte> body, int offset, in PerPeerHeader header)
    {
        var reader = new WireReader(body, offset);
        if (!reader.TryReadBytes(AddressBytes, out var address) || !reader.TryReadUInt16(out ushort localPort)
            || !reader.TryReadUInt16(out ushort remotePort))
        {
            fields.Field(offset, "Cut off", FieldWriter.Hex(body));
            return;
        }
        bool isIpv6 = header.PeerType == PeerType.LocRib || (header.Flags & PeerFlags.V) != 0;
        fields.Field(offset, "Local Address", (isIpv6 ? Ipv6Address.FromV6(address) : Ipv6Address.FromV4(address[12..])).ToString());
        fields.Field(offset + AddressBytes, "Local Port", localPort.ToString());
        fields.Field(offset + AddressBytes + 2, "Remote Port", remotePort.ToString());
        OpenMessage received = default;
        bool hasSent = PrintOpen(fields, ref reader, "Sent OPEN Message", out var sent, out bool isDelimited);
        bool hasReceived = isDelimited && PrintOpen(fields, ref reader, "Received OPEN Message", out received, out _);
        if (hasSent && hasReceived)
        {
            TlvText.PrintInformation(fields, reader.Rest, reader.Offset);
            PrintNegotiated(fields, sent, received, header);
        }
        else if (!reader.IsEmpty)
            fields.Field(reader.Offset, "Not read", FieldWriter.Hex(reader.Rest));
    }

    // What the two OPENs say about path identifiers decides how the UPDATEs are read.
    private static void PrintNegotiated(FieldWriter fields, in OpenMessage sent, in OpenMessage received, in PerPeerHeader header)
    {
        var negotiated = PeerCapabilities.Negotiate(sent, received);
        if (header.PeerType == PeerType.LocRib)
            fields.Fact("Path identifiers in Loc-RIB", Families(negotiated.AddPathEither));
        else
        {
            fields.Fact("Path identifiers in Adj-RIB-In", Families(negotiated.AddPathIn));
            fields.Fact("Path identifiers in Adj-RIB-Out", Families(negotiated.AddPathOut));
        }
        if (negotiated.LabelStacks != 0)
            fields.Fact("More than one label", Families(negotiated.LabelStacks));
    }

    private static string Families(byte families)
    {
        var names = Enumerable.Range(0, AddressFamily.IndexCount).Where(index => (families >> index & 1) != 0)
            .Select(index => FamilyText.Of(AddressFamily.FromIndex(index)));
        return families == 0 ? "none: the OPENs do not agree on ADD-PATH" : string.Join(", ", names);
    }

    private static bool PrintOpen(
        FieldWriter fields, scoped ref WireReader reader, string name, out OpenMessage open, out bool isDelimited)
    {
        open = default;
        int offset = reader.Offset;
        fields.Begin(name);
        isDelimited = BgpHeaderText.TryPrint(fields, reader.Rest, offset, out var message);
        bool canBeRead = isDelimited;
        if (canBeRead && (BgpMessageType)message[BgpMessageHeader.TypeOffset] != BgpMessageType.Open)
        {
            fields.Odd("this is no OPEN");
            canBeRead = false;
        }
        else if (canBeRead)
        {
            PrintOpenFields(fields, message[BgpMessageHeader.Length..], offset + BgpMessageHeader.Length);
            canBeRead = OpenMessage.TryRead(message, offset, out open, out var error);
            if (!canBeRead)
                fields.Odd($"{error.Code.Reason()} at byte {error.Offset}");
        }
        fields.End();
        if (isDelimited)
            reader.TrySkip(message.Length);
        return canBeRead;
    }

    /// <summary>An OPEN after its message header.</summary>
    public static void PrintOpenFields(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset)
    {
        if (bytes.Length < FixedBytes)
        {
            fields.Field(offset, "Cut off", FieldWriter.Hex(bytes));
            return;
        }
        fields.Field(offset, "Version", bytes[0].ToString());
        fields.Field(offset + 1, "My Autonomous System", BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]).ToString());
        fields.Field(offset + 3, "Hold Time", $"{BinaryPrimitives.ReadUInt16BigEndian(bytes[3..])} s");
        fields.Field(offset + 5, "BGP Identifier", PerPeerHeaderText.Identifier(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..])));
        fields.Field(offset + 9, "Opt Parm Len", bytes[9].ToString());
        var reader = new WireReader(bytes[FixedBytes..], offset + FixedBytes);
        // RFC 9072 3: the type 255 marks the extended form.
        bool isExtended = bytes[9] != 0 && reader.Rest is [ExtendedType, _, _, ..];
        if (isExtended)
        {
            ushort extendedLength = BinaryPrimitives.ReadUInt16BigEndian(reader.Rest[1..]);
            fields.Field(reader.Offset + 1, "Extended Opt. Parm. Length", extendedLength.ToString());
            reader.TrySkip(3);
        }
        while (!reader.IsEmpty)
        {
            if (!PrintParameter(fields, ref reader, isExtended))
                return;
        }
    }

    private static bool PrintParameter(FieldWriter fields, ref WireReader reader, bool isExtended)
    {
        int at = reader.Offset;
        var rest = reader.Rest;
        reader.TryReadByte(out byte type);
        ushort length = 0;
        bool hasLength = isExtended ? reader.TryReadUInt16(out length) : TryReadByte(ref reader, out length);
        if (!hasLength || !reader.TryTake(length, out var value))
        {
            fields.Field(at, "Parameter", FieldWriter.Hex(rest));
            fields.Odd("cut off");
            return false;
        }
        if (type != CapabilitiesParameter)
        {
            fields.Field(at, "Parameter", $"type {type}, length {length}: {FieldWriter.Hex(value.Rest)}");
            return true;
        }
        fields.Begin(at, "Capabilities", $"parameter type {type}, length {length}");
        CapabilityText.Print(fields, value);
        fields.End();
        return true;
    }

    private static bool TryReadByte(ref WireReader reader, out ushort value)
    {
        bool isRead = reader.TryReadByte(out byte narrow);
        value = narrow;
        return isRead;
    }
}
