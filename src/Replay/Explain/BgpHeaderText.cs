using System.Buffers.Binary;
using Risotto.Decode.Bgp;

namespace Replay.Explain;

/// <summary>The BGP message header, RFC 4271 4.1.</summary>
internal static class BgpHeaderText
{
    /// <summary>
    /// Prints the header at the start of the bytes, and returns the bytes of its message that are there. False: the message cannot be read.
    /// </summary>
    public static bool TryPrint(FieldWriter fields, ReadOnlySpan<byte> bytes, int offset, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (bytes.Length < BgpMessageHeader.Length)
        {
            fields.Field(offset, "BGP message header", FieldWriter.Hex(bytes));
            fields.Odd($"cut off: it has {BgpMessageHeader.Length} bytes, and {bytes.Length} are there");
            return false;
        }
        bool hasMarker = BgpMessageHeader.HasMarker(bytes);
        fields.Field(offset, "Marker", hasMarker ? "all ones" : FieldWriter.Hex(bytes[..BgpMessageHeader.LengthOffset]));
        if (!hasMarker)
            fields.Odd("the marker is not all ones (RFC 4271 4.1)");
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[BgpMessageHeader.LengthOffset..]);
        fields.Field(offset + BgpMessageHeader.LengthOffset, "Length", length.ToString());
        fields.Field(offset + BgpMessageHeader.TypeOffset, "Type", Type(bytes[BgpMessageHeader.TypeOffset]));
        message = bytes[..Math.Clamp(length, BgpMessageHeader.Length, bytes.Length)];
        if (length < BgpMessageHeader.Length)
            fields.Odd($"a BGP message has at least {BgpMessageHeader.Length} bytes");
        else if (length > bytes.Length)
            fields.Odd($"the length goes {length - bytes.Length} bytes past the end of the BMP message");
        return length >= BgpMessageHeader.Length;
    }

    public static string Type(byte type) => $"{type}, " + type switch
    {
        1 => "OPEN",
        2 => "UPDATE",
        3 => "NOTIFICATION",
        4 => "KEEPALIVE",
        5 => "ROUTE-REFRESH",
        _ => "unknown",
    };
}
