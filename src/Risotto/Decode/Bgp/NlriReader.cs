using System.Buffers.Binary;

namespace Risotto.Decode.Bgp;

/// <summary>The result of a walk over an NLRI field, before any prefix of it is used.</summary>
/// <param name="Prefixes">How many can be read.</param>
/// <param name="ErrorAt">Where the first one is that cannot; negative: all can.</param>
/// <param name="ZeroLengths">Prefixes of length 0, in families without labels.</param>
/// <param name="BottomlessLabels">Prefixes whose label is no bottom of the stack, and none of the values that stand for no label.</param>
/// <param name="HostBits">Bits are set after the length of some prefix.</param>
internal readonly record struct NlriCheck(int Prefixes, int ErrorAt, int ZeroLengths, int BottomlessLabels, bool HostBits)
{
    /// <summary>Every prefix has a possible length and the last one ends where the field ends.</summary>
    public bool IsValid => ErrorAt < 0;

    /// <summary>
    /// Valid, and free of what no router writes: bits set after the prefix length, or /0 twice where no path identifiers distinguish
    /// them.
    /// </summary>
    public bool IsPlausible(bool hasPathIds) => ErrorAt < 0 && !HostBits && (hasPathIds || ZeroLengths < 2);

    /// <summary>Sound, but few routers write it.</summary>
    public bool IsRare => ZeroLengths + BottomlessLabels > 0;

    /// <summary>Path identifiers may have been read as prefixes or the other way round: most identifiers begin with zero bytes.</summary>
    public bool IsSuspicious => ErrorAt >= 0 || HostBits || ZeroLengths > 0;
}

/// <summary>
/// Prefixes of an NLRI field, RFC 4271 4.3: Length (1, in bits), Prefix (as many bytes as the length needs); RFC 7911 puts a
/// Path Identifier (4) before each; RFC 8277 and 4364 put labels and a Route Distinguisher inside the length.
/// </summary>
internal static class NlriReader
{
    /// <summary>Bytes of a path identifier, of a label in the stack, and of a Route Distinguisher.</summary>
    public const int PathIdLength = 4, LabelLength = 3, RouteDistinguisherLength = 8;

    private const int LabelBits = LabelLength * 8, RouteDistinguisherBits = RouteDistinguisherLength * 8;

    private const byte BottomOfStack = 1;

    // By length & 7: the bits of the last byte that are not of the prefix.
    private static ReadOnlySpan<byte> HostMask => [0x00, 0x7F, 0x3F, 0x1F, 0x0F, 0x07, 0x03, 0x01];

    /// <summary>Walks the whole field without using it.</summary>
    public static NlriCheck Check(
        ReadOnlySpan<byte> message, int start, int end, AddressFamily family, bool addPath, bool hasLabelStacks) =>
        family.HasLabels
            ? CheckLabelled(message[start..end], start, family, addPath ? PathIdLength : 0, hasLabelStacks)
            : CheckUnlabelled(message[start..end], start, family.AddressBits, addPath ? PathIdLength : 0);

    /// <summary>The route at <paramref name="position"/> of a field that is valid; the position moves to the next one.</summary>
    public static RouteIdentity Identity(ReadOnlySpan<byte> message, ref int position, in NlriField field)
    {
        if (field.Family.HasLabels)
            return new LabelledPrefix(message, ref position, field).Route;
        uint pathId = field.HasPathIds ? BinaryPrimitives.ReadUInt32BigEndian(message[position..]) : 0;
        position += field.HasPathIds ? PathIdLength : 0;
        int length = message[position];
        position += 1 + ((length + 7) >> 3);
        var (high, low) = field.Family.IsIpv4 ? ((ulong)Ipv4(message, position, length) << 32, 0ul) : Ipv6(message, position, length);
        return new RouteIdentity(high, low, (byte)length, pathId, field.HasPathIds, 0);
    }

    /// <summary>Where the prefix after the one at <paramref name="position"/> starts, in a field that is valid.</summary>
    public static int Next(ReadOnlySpan<byte> message, int position, bool hasPathIds)
    {
        position += hasPathIds ? PathIdLength : 0;
        return position + 1 + ((message[position] + 7) >> 3);
    }

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
        return new NlriCheck(prefixes, position == field.Length ? -1 : start + position, zeroLengths, 0, hostBits != 0);
    }

    private static NlriCheck CheckLabelled(ReadOnlySpan<byte> field, int start, AddressFamily family, int pathId, bool hasLabelStacks)
    {
        int position = 0, prefixes = 0, bottomless = 0, hostBits = 0;
        while (position + pathId < field.Length)
        {
            int at = position + pathId;
            int length = field[at];
            int next = at + 1 + ((length + 7) >> 3);
            int labels = next > field.Length ? 0 : LabelCount(field[(at + 1)..next], length, family, hasLabelStacks);
            if (labels == 0)
                break;
            bottomless += IsBottomless(field.Slice(at + 1 + (labels - 1) * LabelLength, LabelLength)) ? 1 : 0;
            hostBits |= field[next - 1] & HostMask[length & 7];
            prefixes++;
            position = next;
        }
        return new NlriCheck(prefixes, position == field.Length ? -1 : start + position, 0, bottomless, hostBits != 0);
    }

    /// <summary>
    /// The IPv4 prefix of <paramref name="length"/> bits whose bytes end at <paramref name="end"/>, as a big-endian number.
    /// Reads the four bytes that end there, shifts out those that are not of the prefix and clears host bits.
    /// </summary>
    public static uint Ipv4(ReadOnlySpan<byte> message, int end, int length)
    {
        uint last = BinaryPrimitives.ReadUInt32BigEndian(message[(end - 4)..]);
        int bytes = (length + 7) >> 3;
        return (uint)((ulong)last << ((4 - bytes) * 8)) & (uint)~(0xFFFF_FFFFul >> length);
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
    /// The number of labels at the start of a labelled prefix's value; 0 where no reading leaves a prefix. RFC 8277 2.2: without the
    /// Multiple Labels capability there is one, and its bottom-of-stack bit is ignored; 2.4: so is all of the Compatibility field of a
    /// withdrawal. 2.3: with the capability that bit ends the stack. GoBGP writes stacks that it has not negotiated: they are read as such
    /// where one label leaves no prefix, or none that a router would announce.
    /// </summary>
    public static int LabelCount(ReadOnlySpan<byte> value, int bits, AddressFamily family, bool hasLabelStacks)
    {
        bool isOne = LeavesPrefix(bits, 1, family);
        if (isOne && !hasLabelStacks && (value[LabelLength - 1] & BottomOfStack) != 0)
            return 1;
        int stack = StackDepth(value, bits, family);
        if (!isOne || stack == 0)
            return isOne ? 1 : stack;
        return hasLabelStacks || IsLikely(value, bits, stack, family) && !IsLikely(value, bits, 1, family) ? stack : 1;
    }

    // Labels up to the one with the bottom-of-stack bit; 0 where there is none, or no prefix after it.
    private static int StackDepth(ReadOnlySpan<byte> value, int bits, AddressFamily family)
    {
        for (int count = 1; count * LabelLength <= value.Length; count++)
        {
            if ((value[count * LabelLength - 1] & BottomOfStack) != 0)
                return LeavesPrefix(bits, count, family) ? count : 0;
        }
        return 0;
    }

    private static bool LeavesPrefix(int bits, int labels, AddressFamily family)
    {
        int rest = bits - labels * LabelBits - (family.HasRouteDistinguisher ? RouteDistinguisherBits : 0);
        return rest >= 0 && rest <= family.AddressBits;
    }

    // A route distinguisher has one of three types (RFC 4364 4.2). An IPv6 prefix is global unicast or unique local, and no longer than
    // /64, or that of a link or a host.
    private static bool IsLikely(ReadOnlySpan<byte> value, int bits, int labels, AddressFamily family)
    {
        const int maxDistinguisherType = 2, maxNetwork = 64, minLink = 126;
        value = value[(labels * LabelLength)..];
        bits -= labels * LabelBits;
        if (family.HasRouteDistinguisher)
            return BinaryPrimitives.ReadUInt16BigEndian(value) <= maxDistinguisherType && bits > RouteDistinguisherBits;
        return !family.IsIpv4 && bits is > 0 and (<= maxNetwork or >= minLink) && (value[0] >> 5 == 1 || value[0] >> 1 == 0xFC >> 1);
    }

    // RFC 8277 2.4: a withdrawal has 0x800000 in place of a label, and some routers write 0.
    private static bool IsBottomless(ReadOnlySpan<byte> label) =>
        (label[2] & BottomOfStack) == 0 && !(label[0] is 0 or 0x80 && label[1] == 0 && label[2] == 0);

    /// <summary>
    /// A prefix of <paramref name="length"/> bits at the start of <paramref name="value"/>, host bits cleared, copied to the start of
    /// <paramref name="address"/>.
    /// </summary>
    public static void CopyPrefix(ReadOnlySpan<byte> value, int length, scoped Span<byte> address)
    {
        address.Clear();
        int bytes = (length + 7) >> 3;
        value[..bytes].CopyTo(address);
        if (bytes > 0)
            address[bytes - 1] &= (byte)~HostMask[length & 7];
    }
}
