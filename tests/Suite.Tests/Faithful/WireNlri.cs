using System.Buffers.Binary;
using System.Globalization;

namespace Suite.Tests.Faithful;

/// <summary>How the NLRI of one table is read: what the OPENs of the Peer Up negotiated, or what the test says about the router.</summary>
/// <param name="HasPathIds">A 4-byte Path Identifier is before each prefix (RFC 7911 3).</param>
/// <param name="HasLabelStacks">Both OPENs have the Multiple Labels capability for the family (RFC 8277 2.1).</param>
internal readonly record struct NlriForm(bool HasPathIds, bool HasLabelStacks);

/// <summary>One prefix of an NLRI field.</summary>
internal readonly record struct WirePrefix(ulong RouteDistinguisher, string Prefix, uint? PathId, string Labels);

/// <summary>
/// Reads an NLRI field: Path Identifier (RFC 7911 3), Length in bits (RFC 4271 4.3), labels (RFC 8277 2.2 to 2.4), Route Distinguisher
/// (RFC 4364 4.3.4), prefix. The field ends at the first prefix that cannot be delimited or is longer than an address; those before it
/// count.
/// </summary>
internal static class WireNlri
{
    private const int LabelledUnicast = 4, Vpn = 128, LabelBits = 24, RouteDistinguisherBits = 64;

    /// <summary>The families that the collector has tables for: IPv4 and IPv6, unicast, multicast, labelled unicast, VPN.</summary>
    public static bool IsRead(int afi, int safi) => afi is 1 or 2 && safi is 1 or 2 or LabelledUnicast or Vpn;

    public static List<WirePrefix> Read(ReadOnlySpan<byte> field, int afi, int safi, NlriForm form, bool isWithdrawal)
    {
        var prefixes = new List<WirePrefix>();
        while (!field.IsEmpty)
        {
            uint? pathId = null;
            if (form.HasPathIds)
            {
                if (field.Length < 5)
                    break;
                pathId = BinaryPrimitives.ReadUInt32BigEndian(field);
                field = field[4..];
            }
            int bits = field[0], bytes = (bits + 7) / 8;
            if (field.Length < 1 + bytes)
                break;
            var value = field.Slice(1, bytes);
            if (!TryRead(value, bits, afi, safi, form.HasLabelStacks && !isWithdrawal, out var prefix))
                break;
            prefixes.Add(prefix with { PathId = pathId });
            field = field[(1 + bytes)..];
        }
        return prefixes;
    }

    private static bool TryRead(ReadOnlySpan<byte> value, int bits, int afi, int safi, bool hasStack, out WirePrefix prefix)
    {
        prefix = default;
        string labels = "";
        if (safi is LabelledUnicast or Vpn)
        {
            int count = Labels(value, bits, afi, safi, hasStack);
            if (count == 0)
                return false;
            labels = Text(value[..(count * 3)]);
            value = value[(count * 3)..];
            bits -= count * LabelBits;
        }
        ulong distinguisher = 0;
        if (safi == Vpn)
        {
            distinguisher = BinaryPrimitives.ReadUInt64BigEndian(value);
            value = value[8..];
            bits -= RouteDistinguisherBits;
        }
        if (bits > AddressBits(afi))
            return false;
        prefix = new WirePrefix(distinguisher, WireText.Prefix(afi, value, bits), null, labels);
        return true;
    }

    /// <summary>
    /// How many labels are before the prefix; 0: no reading is sound. RFC 8277 2.2: without the Multiple Labels capability there is one
    /// label and its S bit is ignored on reception; 2.4: a withdrawal has a 3-byte Compatibility field whatever it holds; 2.3: with the
    /// capability the S bit ends the stack. Some routers (GoBGP) write a stack all the same: where one label leaves more bits than an
    /// address has, or what it leaves is not what a router announces and what the stack leaves is.
    /// </summary>
    private static int Labels(ReadOnlySpan<byte> value, int bits, int afi, int safi, bool hasStack)
    {
        int stack = Stack(value, bits, afi, safi);
        if (!IsSound(bits, 1, afi, safi))
            return stack;
        if (stack == 0)
            return 1;
        return hasStack || IsUsual(value, bits, stack, afi, safi) && !IsUsual(value, bits, 1, afi, safi) ? stack : 1;
    }

    // RFC 4364 4.2: an RD of type 0, 1 or 2, with a prefix after it. RFC 4291 2.4, RFC 4193 3.1: 2000::/3, fc00::/7, to /64 or from /126.
    private static bool IsUsual(ReadOnlySpan<byte> value, int bits, int labels, int afi, int safi)
    {
        var rest = value[(3 * labels)..];
        int length = bits - LabelBits * labels;
        if (safi == Vpn)
            return rest[0] == 0 && rest[1] < 3 && length > RouteDistinguisherBits;
        bool isUnicast = rest.Length > 0 && (rest[0] is >= 0x20 and <= 0x3F or 0xFC or 0xFD);
        return afi == 2 && isUnicast && (length is >= 1 and <= 64 or >= 126);
    }

    // Labels up to the one with the S bit (RFC 3032 2.1); 0 where none has it in the space there is, or what follows is no prefix.
    private static int Stack(ReadOnlySpan<byte> value, int bits, int afi, int safi)
    {
        for (int count = 1; count * 3 <= value.Length; count++)
        {
            if ((value[count * 3 - 1] & 1) != 0)
                return IsSound(bits, count, afi, safi) ? count : 0;
        }
        return 0;
    }

    private static bool IsSound(int bits, int labels, int afi, int safi)
    {
        int rest = bits - labels * LabelBits - (safi == Vpn ? RouteDistinguisherBits : 0);
        return rest >= 0 && rest <= AddressBits(afi);
    }

    // RFC 3032 2.1: label (20 bits), traffic class (3), S (1).
    private static string Text(ReadOnlySpan<byte> labels)
    {
        var values = new List<string>();
        for (; !labels.IsEmpty; labels = labels[3..])
            values.Add(((labels[0] << 16 | labels[1] << 8 | labels[2]) >> 4).ToString(CultureInfo.InvariantCulture));
        return string.Join(',', values);
    }

    private static int AddressBits(int afi) => afi == 1 ? 32 : 128;
}
