using System.Buffers.Binary;
using System.Net;

namespace Risotto.Tests.Messages;

/// <summary>Writes the bytes of test messages, big-endian as on the wire.</summary>
internal static class Bytes
{
    /// <summary>Hexadecimal text; blanks are for the reader's eyes.</summary>
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] UInt16(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)value));
        return bytes;
    }

    public static byte[] UInt32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] UInt64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>4 or 16 bytes.</summary>
    public static byte[] Address(string text) => IPAddress.Parse(text).GetAddressBytes();
}
