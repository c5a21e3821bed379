using System.Buffers.Binary;
using System.Net;

namespace Risotto.Tests.Messages;

/// <summary>Writes the octets of test messages, big-endian as on the wire.</summary>
internal static class Octets
{
    /// <summary>Hexadecimal text; blanks are for the reader's eyes.</summary>
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] UInt16(int value)
    {
        byte[] octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, checked((ushort)value));
        return octets;
    }

    public static byte[] UInt32(uint value)
    {
        byte[] octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }

    public static byte[] UInt64(ulong value)
    {
        byte[] octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, value);
        return octets;
    }

    /// <summary>4 or 16 octets.</summary>
    public static byte[] Address(string text) => IPAddress.Parse(text).GetAddressBytes();
}
