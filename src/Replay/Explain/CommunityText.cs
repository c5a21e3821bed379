using System.Buffers.Binary;
using System.Net;

namespace Replay.Explain;

/// <summary>Communities: RFC 1997, 4360, 5701, 8092. Names: IANA, BGP Well-known Communities and BGP Extended Communities.</summary>
internal static class CommunityText
{
    public const int Bytes = 4, ExtendedBytes = 8, LargeBytes = 12, Ipv6ExtendedBytes = 20;

    public static string Community(ReadOnlySpan<byte> bytes)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        string name = value switch
        {
            0xFFFF0000 => " (GRACEFUL_SHUTDOWN)",
            0xFFFF0001 => " (ACCEPT_OWN)",
            0xFFFF0006 => " (LLGR_STALE)",
            0xFFFF0007 => " (NO_LLGR)",
            0xFFFF029A => " (BLACKHOLE)",
            0xFFFFFF01 => " (NO_EXPORT)",
            0xFFFFFF02 => " (NO_ADVERTISE)",
            0xFFFFFF03 => " (NO_EXPORT_SUBCONFED)",
            0xFFFFFF04 => " (NOPEER)",
            _ => "",
        };
        return $"{value >> 16}:{value & 0xFFFF}{name}";
    }

    public static string Large(ReadOnlySpan<byte> bytes) =>
        $"{BinaryPrimitives.ReadUInt32BigEndian(bytes)}:{BinaryPrimitives.ReadUInt32BigEndian(bytes[4..])}:"
        + $"{BinaryPrimitives.ReadUInt32BigEndian(bytes[8..])}";

    /// <summary>Types 0, 1 and 2 (RFC 4360 3, 5668 2), transitive or not; others as hex digits.</summary>
    public static string Extended(ReadOnlySpan<byte> bytes)
    {
        const int nonTransitive = 0x40;
        string? value = (bytes[0] & ~nonTransitive) switch
        {
            0 => $"{BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])}:{BinaryPrimitives.ReadUInt32BigEndian(bytes[4..])}",
            1 => $"{new IPAddress(bytes[2..6])}:{BinaryPrimitives.ReadUInt16BigEndian(bytes[6..])}",
            2 => $"{BinaryPrimitives.ReadUInt32BigEndian(bytes[2..])}:{BinaryPrimitives.ReadUInt16BigEndian(bytes[6..])}",
            _ => null,
        };
        return value is null ? $"0x{Convert.ToHexStringLower(bytes)}" : Administered(bytes, value);
    }

    /// <summary>RFC 5701 2: type, sub-type, IPv6 address, number.</summary>
    public static string Ipv6Extended(ReadOnlySpan<byte> bytes) =>
        Administered(bytes, $"[{new IPAddress(bytes[2..18])}]:{BinaryPrimitives.ReadUInt16BigEndian(bytes[18..])}");

    private static string Administered(ReadOnlySpan<byte> bytes, string value) => bytes[1] switch
    {
        2 => $"RT {value}",
        3 => $"RO {value}",
        _ => $"0x{bytes[0]:x2}{bytes[1]:x2} {value}",
    };
}
