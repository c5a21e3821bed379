using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Suite.Tests.Faithful;

/// <summary>Bytes of the wire as the text that both folds use.</summary>
internal static class WireText
{
    private static readonly string[] SegmentTypes = ["", "SET", "SEQUENCE", "CONFED_SEQUENCE", "CONFED_SET"];

    /// <summary>Four or sixteen bytes. An IPv4-mapped IPv6 address is shown as IPv4, as the schema has only one form for both.</summary>
    public static string Address(ReadOnlySpan<byte> bytes)
    {
        var address = new IPAddress(bytes);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    /// <summary>The prefix of so many bits, with the bits after it cleared (RFC 4271 4.3: their value is irrelevant).</summary>
    public static string Prefix(int afi, ReadOnlySpan<byte> bytes, int bits)
    {
        Span<byte> address = stackalloc byte[afi == 1 ? 4 : 16];
        address.Clear();
        bytes[..((bits + 7) / 8)].CopyTo(address);
        if (bits % 8 != 0)
            address[bits / 8] &= (byte)(0xFF << (8 - bits % 8));
        return $"{Address(address)}/{bits}";
    }

    /// <summary>
    /// Segments as text. Adjacent AS_SEQUENCE segments are one sequence: 255 numbers are all that one segment holds (RFC 4271 5.1.2).
    /// </summary>
    public static string AsPath(IEnumerable<(int Type, IReadOnlyList<uint> Numbers)> segments)
    {
        var text = new StringBuilder();
        int last = 0;
        foreach (var (type, numbers) in segments)
        {
            if (type != 2 || last != 2)
                text.Append(text.Length > 0 ? " " : "").Append(SegmentTypes[type]);
            foreach (uint number in numbers)
                text.Append(' ').Append(number);
            last = type;
        }
        return text.ToString();
    }

    /// <summary>Big-endian 4-byte numbers.</summary>
    public static string Numbers(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (; bytes.Length >= 4; bytes = bytes[4..])
            text.Append(text.Length > 0 ? " " : "").Append(BinaryPrimitives.ReadUInt32BigEndian(bytes));
        return text.ToString();
    }

    /// <summary>Items of so many bytes, in hexadecimal digits.</summary>
    public static string Items(ReadOnlySpan<byte> bytes, int size)
    {
        var text = new StringBuilder();
        for (; bytes.Length >= size; bytes = bytes[size..])
            text.Append(text.Length > 0 ? " " : "").Append(Convert.ToHexStringLower(bytes[..size]));
        return text.ToString();
    }
}
