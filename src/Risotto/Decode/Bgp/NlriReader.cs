using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>What a look over an NLRI field tells before a single prefix of it is used.</summary>
internal readonly record struct NlriCheck(int Prefixes, int ErrorAt, int ZeroLengths, bool HostBits)
{
    /// <summary>Every prefix has a possible length and the last one ends where the field ends.</summary>
    public bool IsValid => ErrorAt < 0;

    /// <summary>
    /// Valid, and with nothing that a router does not write: bits behind the prefix length, or /0 twice, which only path
    /// identifiers can tell apart.
    /// </summary>
    public bool IsPlausible(bool hasPathIds) => ErrorAt < 0 && !HostBits && (hasPathIds || ZeroLengths < 2);

    /// <summary>Worth a second look at whether path identifiers were misread: they begin with zero octets more often than not.</summary>
    public bool IsSuspicious => ErrorAt >= 0 || HostBits || ZeroLengths > 0;
}

/// <summary>
/// Prefixes of an NLRI field, RFC 4271 4.3: Length (1, in bits), Prefix (as many octets as the length needs); RFC 7911 puts a
/// 4-octet Path Identifier before each; RFC 8277 and 4364 put labels and a Route Distinguisher inside the length.
/// </summary>
internal static class NlriReader
{
    private const int PathIdLength = 4, LabelBits = 24, RouteDistinguisherBits = 64;

    // By length & 7: the bits of the last octet behind the prefix.
    private static ReadOnlySpan<byte> HostMask => [0x00, 0x7F, 0x3F, 0x1F, 0x0F, 0x07, 0x03, 0x01];

    /// <summary>Walks the whole field without using it.</summary>
    public static NlriCheck Check(ReadOnlySpan<byte> message, int start, int end, AddressFamily family, bool addPath) =>
        family.HasLabels
            ? CheckLabelled(message[start..end], start, family, addPath ? PathIdLength : 0)
            : CheckUnlabelled(message[start..end], start, family.AddressBits, addPath ? PathIdLength : 0);

    private static NlriCheck CheckUnlabelled(ReadOnlySpan<byte> field, int start, int longest, int pathId)
    {
        int position = 0, prefixes = 0, zeroLengths = 0, hostBits = 0;
        while (position + pathId < field.Length)
        {
            int at = position + pathId;
            int length = field[at];
            int next = at + 1 + ((length + 7) >> 3);
            if (length > longest || next > field.Length)
                break;
            hostBits |= field[next - 1] & HostMask[length & 7];
            zeroLengths += length == 0 ? 1 : 0;
            prefixes++;
            position = next;
        }
        return new NlriCheck(prefixes, position == field.Length ? -1 : start + position, zeroLengths, hostBits != 0);
    }

    private static NlriCheck CheckLabelled(ReadOnlySpan<byte> field, int start, AddressFamily family, int pathId)
    {
        int shortest = LabelBits + (family.HasRouteDistinguisher ? RouteDistinguisherBits : 0);
        int position = 0, prefixes = 0, hostBits = 0;
        while (position + pathId < field.Length)
        {
            int at = position + pathId;
            int length = field[at];
            int next = at + 1 + ((length + 7) >> 3);
            if (length < shortest || next > field.Length)
                break;
            // The label stack is as deep as fits; what is left behind it and the RD is the prefix.
            int labels = LabelCount(field[(at + 1)..next], length, family);
            if (length - shortest - (labels - 1) * LabelBits > family.AddressBits)
                break;
            hostBits |= field[next - 1] & HostMask[length & 7];
            prefixes++;
            position = next;
        }
        return new NlriCheck(prefixes, position == field.Length ? -1 : start + position, 0, hostBits != 0);
    }

    /// <summary>
    /// The IPv4 prefix of <paramref name="length"/> bits whose octets end at <paramref name="end"/>, as a big-endian number.
    /// Reads the four octets that end there: what stands before them in the message is shifted out, host bits are cleared.
    /// </summary>
    public static uint Ipv4(ReadOnlySpan<byte> message, int end, int length)
    {
        uint octets = BinaryPrimitives.ReadUInt32BigEndian(message[(end - 4)..]);
        int bytes = (length + 7) >> 3;
        return (uint)((ulong)octets << ((4 - bytes) * 8)) & (uint)~(0xFFFF_FFFFul >> length);
    }

    /// <summary>The same for IPv6; the two halves as big-endian numbers.</summary>
    public static (ulong High, ulong Low) Ipv6(ReadOnlySpan<byte> message, int end, int length)
    {
        ulong last = BinaryPrimitives.ReadUInt64BigEndian(message[(end - 8)..]);
        int bytes = (length + 7) >> 3;
        if (length <= 64)
            return length == 0 ? default : (last << (64 - bytes * 8) & ~(ulong.MaxValue >> 1 >> (length - 1)), 0ul);
        ulong first = BinaryPrimitives.ReadUInt64BigEndian(message[(end - 16)..]);
        int shift = (16 - bytes) * 8;
        if (shift > 0)
        {
            first = first << shift | last >> (64 - shift);
            last <<= shift;
        }
        return (first, last & ~(ulong.MaxValue >> 1 >> (length - 65)));
    }

    /// <summary>
    /// The octets and bits of labels at the start of a labelled prefix's value. The stack ends with the bottom-of-stack bit, or
    /// with the values that a withdrawal carries (RFC 8277 2.4: 0x800000, and 0), or where no room for another label is left.
    /// </summary>
    public static int LabelCount(ReadOnlySpan<byte> value, int bits, AddressFamily family)
    {
        int fixedBits = family.HasRouteDistinguisher ? RouteDistinguisherBits : 0;
        int count = 0;
        while (bits >= LabelBits + fixedBits)
        {
            int label = value[0] << 16 | value[1] << 8 | value[2];
            count++;
            bits -= LabelBits;
            value = value[3..];
            if ((label & 1) != 0 || label is 0x800000 or 0)
                break;
        }
        return count;
    }

    /// <summary>A prefix of <paramref name="length"/> bits at the start of <paramref name="value"/>, host bits cleared, as 16 octets' first part.</summary>
    public static void CopyPrefix(ReadOnlySpan<byte> value, int length, scoped Span<byte> octets)
    {
        octets.Clear();
        int bytes = (length + 7) >> 3;
        value[..bytes].CopyTo(octets);
        if (bytes > 0)
            octets[bytes - 1] &= (byte)~HostMask[length & 7];
    }
}
