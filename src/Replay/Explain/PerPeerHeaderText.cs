using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Risotto.Decode.Bmp;

namespace Replay.Explain;

/// <summary>The per-peer header, RFC 7854 4.2 (flags: RFC 8671 4, RFC 9069 4.2).</summary>
internal static class PerPeerHeaderText
{
    private const int FlagsOffset = 1, DistinguisherOffset = 2, AddressOffset = 10, AsOffset = 26, BgpIdOffset = 30, SecondsOffset = 34,
        MicrosecondsOffset = 38;

    /// <summary>Prints as much of the header as is there. False: its end is not.</summary>
    public static bool Print(FieldWriter fields, ReadOnlySpan<byte> message)
    {
        var bytes = message[Math.Min(PerPeerHeader.Offset, message.Length)..];
        fields.Begin("Per-Peer Header");
        bool isWhole = PrintFields(fields, bytes);
        fields.End();
        return isWhole;
    }

    /// <summary>The RIB view's name.</summary>
    public static string View(RibView view) => view switch
    {
        RibView.AdjRibInPrePolicy => "Adj-RIB-In pre-policy",
        RibView.AdjRibInPostPolicy => "Adj-RIB-In post-policy",
        RibView.AdjRibOutPrePolicy => "Adj-RIB-Out pre-policy",
        RibView.AdjRibOutPostPolicy => "Adj-RIB-Out post-policy",
        _ => "Loc-RIB",
    };

    private static bool PrintFields(FieldWriter fields, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PerPeerHeader.Length)
        {
            fields.Field(PerPeerHeader.Offset, "Cut off", FieldWriter.Hex(bytes));
            fields.Odd($"the header needs {PerPeerHeader.Length} bytes, and {bytes.Length} are there");
            return false;
        }
        var header = new PerPeerHeader(bytes);
        fields.Field(PerPeerHeader.Offset, "Peer Type", $"{bytes[0]}, {Type(bytes[0])}");
        fields.Field(PerPeerHeader.Offset + FlagsOffset, "Peer Flags", Flags(bytes[0], bytes[FlagsOffset]));
        if (bytes[0] <= (byte)PeerType.LocRib)
            fields.Fact("RIB view", View(header.RibView));
        fields.Field(PerPeerHeader.Offset + DistinguisherOffset, "Peer Distinguisher",
            bytes[0] == (byte)PeerType.RouteDistinguisher ? NlriText.Distinguisher(header.Distinguisher) : header.Distinguisher.ToString());
        fields.Field(PerPeerHeader.Offset + AddressOffset, "Peer Address", header.Address.ToString());
        fields.Field(PerPeerHeader.Offset + AsOffset, "Peer AS", header.As.ToString());
        fields.Field(PerPeerHeader.Offset + BgpIdOffset, "Peer BGP ID", Identifier(header.BgpId));
        fields.Field(PerPeerHeader.Offset + SecondsOffset, "Timestamp (seconds)",
            Time(BinaryPrimitives.ReadUInt32BigEndian(bytes[SecondsOffset..])));
        fields.Field(PerPeerHeader.Offset + MicrosecondsOffset, "Timestamp (microseconds)",
            BinaryPrimitives.ReadUInt32BigEndian(bytes[MicrosecondsOffset..]).ToString());
        return true;
    }

    /// <summary>A BGP identifier in the form of an address.</summary>
    public static string Identifier(uint id)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
        return new IPAddress(bytes).ToString();
    }

    private static string Time(uint seconds) => seconds == 0
        ? "0, no time given"
        : $"{seconds}, {DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC";

    private static string Type(byte type) => type switch
    {
        0 => "Global Instance Peer",
        1 => "RD Instance Peer",
        2 => "Local Instance Peer",
        3 => "Loc-RIB Instance Peer",
        _ => "unknown",
    };

    private static string Flags(byte type, byte flags)
    {
        string Flag(byte bit, string letter, string set, string clear) =>
            (flags & bit) != 0 ? $"{letter}=1 {set}" : $"{letter}=0 {clear}";
        if (type == (byte)PeerType.LocRib)
            return $"0x{flags:x2}: {Flag(0x80, "F", "filtered", "not filtered")}{Rest(flags & 0x7F)}";
        string text = string.Join(", ",
            Flag(0x80, "V", "IPv6", "IPv4"), Flag(0x40, "L", "post-policy", "pre-policy"),
            Flag(0x20, "A", "2-byte AS_PATH", "4-byte AS_PATH"), Flag(0x10, "O", "Adj-RIB-Out", "Adj-RIB-In"));
        return $"0x{flags:x2}: {text}{Rest(flags & 0x0F)}";
    }

    private static string Rest(int bits) => bits == 0 ? "" : $", unassigned bits 0x{bits:x2}";
}
