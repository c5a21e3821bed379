using System.Buffers.Binary;
using Shared.Records.Wire;

namespace Replay.Explain;

/// <summary>Capabilities, RFC 5492 4: Code (1), Length (1), value. Names: IANA, Capability Codes.</summary>
internal static class CapabilityText
{
    public static void Print(FieldWriter fields, WireReader reader)
    {
        while (!reader.IsEmpty)
        {
            int at = reader.Offset;
            var rest = reader.Rest;
            if (!reader.TryReadByte(out byte code) || !reader.TryReadByte(out byte length) || !reader.TryReadBytes(length, out var value))
            {
                fields.Field(at, "Capability", FieldWriter.Hex(rest));
                fields.Odd("cut off");
                return;
            }
            string text = Value(code, value);
            fields.Field(at, "Capability", $"{code}, {Name(code)}, length {length}{(text.Length == 0 ? "" : $": {text}")}");
        }
    }

    private static string Name(byte code) => code switch
    {
        1 => "Multiprotocol Extensions",
        2 => "Route Refresh",
        3 => "Outbound Route Filtering",
        4 => "Multiple routes to a destination",
        5 => "Extended Next Hop Encoding",
        6 => "BGP Extended Message",
        7 => "BGPsec",
        8 => "Multiple Labels",
        9 => "BGP Role",
        64 => "Graceful Restart",
        65 => "4-octet AS number",
        67 => "Dynamic Capability",
        68 => "Multisession",
        69 => "ADD-PATH",
        70 => "Enhanced Route Refresh",
        71 => "Long-Lived Graceful Restart",
        72 => "Routing Policy Distribution",
        73 => "FQDN",
        74 => "BFD",
        75 => "Software Version",
        76 => "PATHS-LIMIT",
        128 => "Route Refresh (Cisco)",
        _ => "unknown",
    };

    private static string Value(byte code, ReadOnlySpan<byte> value) => code switch
    {
        1 when value.Length == 4 => FamilyText.Of(BinaryPrimitives.ReadUInt16BigEndian(value), value[3]),
        5 when value.Length % 6 == 0 => Entries(value, 6, NextHopEncoding),
        8 when value.Length % 4 == 0 => Entries(value, 4, entry => $"{Family(entry)} up to {entry[3]}"),
        9 when value.Length == 1 => Role(value[0]),
        64 when value.Length >= 2 => GracefulRestart(value),
        65 when value.Length == 4 => BinaryPrimitives.ReadUInt32BigEndian(value).ToString(),
        69 when value.Length % 4 == 0 => Entries(value, 4, entry => $"{Family(entry)} {Direction(entry[3])}"),
        71 when value.Length % 7 == 0 => Entries(value, 7, entry =>
            $"{Family(entry)} flags 0x{entry[3]:x2} stale time {BinaryPrimitives.ReadUInt32BigEndian(entry[3..]) & 0xFFFFFF} s"),
        73 => HostName(value),
        75 when value.Length > 0 && value[0] == value.Length - 1 => FieldWriter.Text(value[1..]),
        _ => value.IsEmpty ? "" : FieldWriter.Hex(value),
    };

    private delegate string Entry(ReadOnlySpan<byte> entry);

    private static string Entries(ReadOnlySpan<byte> value, int width, Entry text)
    {
        var entries = new List<string>();
        for (; value.Length >= width; value = value[width..])
            entries.Add(text(value[..width]));
        return FieldWriter.List(entries, ", ");
    }

    private static string Family(ReadOnlySpan<byte> entry) => FamilyText.Of(BinaryPrimitives.ReadUInt16BigEndian(entry), entry[2]);

    // RFC 8950 4: NLRI AFI (2), NLRI SAFI (2), Nexthop AFI (2).
    private static string NextHopEncoding(ReadOnlySpan<byte> entry) =>
        $"{FamilyText.Of(BinaryPrimitives.ReadUInt16BigEndian(entry), entry[3])} over "
        + FamilyText.Afi(BinaryPrimitives.ReadUInt16BigEndian(entry[4..]));

    // RFC 7911 4.
    private static string Direction(byte direction) => direction switch
    {
        1 => "receive",
        2 => "send",
        3 => "send and receive",
        _ => $"Send/Receive {direction}",
    };

    // RFC 9234 4.1.
    private static string Role(byte role) => $"{role}, " + role switch
    {
        0 => "Provider",
        1 => "RS",
        2 => "RS-Client",
        3 => "Customer",
        4 => "Peer",
        _ => "unknown",
    };

    // RFC 4724 3: Restart Flags (4 bits) and Time (12 bits), then AFI (2), SAFI (1), Flags (1).
    private static string GracefulRestart(ReadOnlySpan<byte> value)
    {
        int first = BinaryPrimitives.ReadUInt16BigEndian(value);
        string text = $"restart flags 0x{first >> 12:x}, restart time {first & 0xFFF} s";
        var families = value[2..];
        return families.IsEmpty ? text
            : families.Length % 4 != 0 ? $"{text}, {FieldWriter.Hex(families)}"
            : $"{text}, {Entries(families, 4, entry => $"{Family(entry)} flags 0x{entry[3]:x2}")}";
    }

    // draft-walton-bgp-hostname-capability: length and host name, length and domain name.
    private static string HostName(ReadOnlySpan<byte> value)
    {
        var reader = new WireReader(value);
        return reader.TryReadByte(out byte length) && reader.TryReadBytes(length, out var host) && reader.TryReadByte(out length)
            && reader.TryReadBytes(length, out var domain)
            ? $"host {FieldWriter.Text(host)}, domain {FieldWriter.Text(domain)}"
            : FieldWriter.Hex(value);
    }
}
