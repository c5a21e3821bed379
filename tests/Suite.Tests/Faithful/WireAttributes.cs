using System.Buffers.Binary;
using System.Globalization;
using static Suite.Tests.Faithful.RouteAttributes;

namespace Suite.Tests.Faithful;

/// <summary>One path attribute as it is on the wire (RFC 4271 4.3).</summary>
internal readonly record struct WireAttribute(byte Type, byte[] Value);

/// <summary>
/// The path attributes of an UPDATE. A monitoring station takes each for itself: one that cannot be read is absent, and the others and
/// the routes stay. Flags other than Extended Length are not looked at: a value with wrong flags is readable.
/// </summary>
internal static class WireAttributes
{
    private const int ExtendedLength = 0x10;
    private const ushort AsTrans = 23456;

    /// <summary>Attributes in message order; ends before one whose header or value is cut off.</summary>
    public static List<WireAttribute> Split(ReadOnlySpan<byte> field)
    {
        var attributes = new List<WireAttribute>();
        while (field.Length >= 3)
        {
            int header = (field[0] & ExtendedLength) != 0 ? 4 : 3;
            if (field.Length < header)
                break;
            int length = header == 4 ? BinaryPrimitives.ReadUInt16BigEndian(field[2..]) : field[2];
            if (field.Length < header + length)
                break;
            attributes.Add(new WireAttribute(field[1], field.Slice(header, length).ToArray()));
            field = field[(header + length)..];
        }
        return attributes;
    }

    /// <summary>
    /// Everything but the next hops and the NLRI of the MP attributes. RFC 7606 3.g: of an attribute that is there twice the first counts.
    /// </summary>
    /// <param name="attributes">In message order.</param>
    /// <param name="asWidth">Bytes of an AS number in AS_PATH, as the A flag of the per-peer header says (RFC 7854 4.2).</param>
    public static RouteAttributes Read(List<WireAttribute> attributes, int asWidth)
    {
        var first = new Dictionary<byte, byte[]>();
        foreach (var attribute in attributes)
            first.TryAdd(attribute.Type, attribute.Value);
        var read = new RouteAttributes();
        void Take(byte type, string name, Func<byte[], string?> text)
        {
            if (first.TryGetValue(type, out var value) && text(value) is { } readable)
                read[name] = readable;
        }
        Take(1, Origin, v => v is [0] ? "IGP" : v is [1] ? "EGP" : v is [2] ? "INCOMPLETE" : null);
        Take(4, MultiExitDisc, Number);
        Take(5, LocalPref, Number);
        Take(6, AtomicAggregate, v => v.Length == 0 ? "" : null);
        Take(8, Communities, v => v.Length > 0 && v.Length % 4 == 0 ? WireText.Items(v, 4) : null);
        Take(9, OriginatorId, Number);
        Take(10, ClusterList, v => v.Length > 0 && v.Length % 4 == 0 ? WireText.Numbers(v) : null);
        Take(16, ExtendedCommunities, v => v.Length > 0 && v.Length % 8 == 0 ? WireText.Items(v, 8) : null);
        Take(25, Ipv6ExtendedCommunities, v => v.Length > 0 && v.Length % 20 == 0 ? WireText.Items(v, 20) : null);
        Take(32, LargeCommunities, v => v.Length > 0 && v.Length % 12 == 0 ? WireText.Items(v, 12) : null);
        Take(35, OnlyToCustomer, Number);
        if (AsPathOf(first, asWidth) is { } path)
            read[AsPath] = WireText.AsPath(path);
        if (AggregatorOf(first) is { } aggregator)
            read[Aggregator] = aggregator;
        string others = string.Join(' ', first.Where(a => !HasField(a.Key)).Select(a => $"{a.Key}:{Convert.ToHexStringLower(a.Value)}"));
        if (others.Length > 0)
            read[Other] = others;
        return read;
    }

    /// <summary>Has the schema a field for this attribute type?</summary>
    public static bool HasField(int type) => type is >= 1 and <= 10 or >= 14 and <= 18 or 25 or 32 or 35;

    /// <summary>The NEXT_HOP attribute (RFC 4271 5.1.3): four bytes.</summary>
    public static (string? Global, string? LinkLocal) NextHopOf(List<WireAttribute> attributes)
    {
        byte[]? value = attributes.Find(a => a.Type == 3).Value;
        return value is { Length: 4 } ? (WireText.Address(value), null) : default;
    }

    /// <summary>
    /// The next hop of MP_REACH_NLRI, told by its length alone: 4 IPv4; 16 IPv6; 32 IPv6 and link-local (RFC 2545 3); 12, 24 and 48 the
    /// same after a Route Distinguisher each (RFC 4364 4.3.2, RFC 4659 3.2.1, RFC 8950 3). Any other length holds nothing that can be read.
    /// </summary>
    public static (string? Global, string? LinkLocal) MpNextHop(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 or 16 => (WireText.Address(bytes), null),
        32 => (WireText.Address(bytes[..16]), WireText.Address(bytes[16..])),
        12 or 24 => (WireText.Address(bytes[8..]), null),
        48 => (WireText.Address(bytes[8..24]), WireText.Address(bytes[32..])),
        _ => default,
    };

    private static string? Number(byte[] value) =>
        value.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(value).ToString(CultureInfo.InvariantCulture) : null;

    // AGGREGATOR (RFC 4271 5.1.7) tells the width of its AS number by its own length; RFC 6793 4.2.3 takes AS4_AGGREGATOR in place of
    // AS_TRANS.
    private static string? AggregatorOf(Dictionary<byte, byte[]> first)
    {
        if (!first.TryGetValue(7, out var value) || value.Length is not (6 or 8))
            return null;
        uint number = value.Length == 8 ? BinaryPrimitives.ReadUInt32BigEndian(value) : BinaryPrimitives.ReadUInt16BigEndian(value);
        if (value.Length == 6 && number == AsTrans && first.TryGetValue(18, out var as4) && as4.Length == 8)
            (number, value) = (BinaryPrimitives.ReadUInt32BigEndian(as4), as4);
        return $"{number} {WireText.Address(value.AsSpan(value.Length - 4))}";
    }

    private static List<(int Type, IReadOnlyList<uint> Numbers)>? AsPathOf(Dictionary<byte, byte[]> first, int width)
    {
        if (!first.TryGetValue(2, out var value))
            return null;
        var path = Segments(value, width);
        if (path is null)
        {
            // Routers set the A flag wrongly. A path that is whole in the other width only, and has no AS 0 (RFC 7607), is of that width.
            width = width == 4 ? 2 : 4;
            path = Segments(value, width);
            if (path is null || path.Exists(s => s.Numbers.Contains(0u)))
                return null;
        }
        return width == 2 ? Merged(path, first) : path;
    }

    /// <summary>
    /// Segment type (1), count (1), numbers (RFC 4271 4.3, RFC 5065 3). Null: an unknown type, a count of zero or a cut end (RFC 7606 7.2).
    /// </summary>
    private static List<(int Type, IReadOnlyList<uint> Numbers)>? Segments(ReadOnlySpan<byte> value, int width)
    {
        var segments = new List<(int, IReadOnlyList<uint>)>();
        while (!value.IsEmpty)
        {
            if (value.Length < 2 || value[0] is < 1 or > 4 || value[1] == 0 || value.Length < 2 + value[1] * width)
                return null;
            var numbers = new uint[value[1]];
            for (int i = 0; i < numbers.Length; i++)
            {
                var number = value[(2 + i * width)..];
                numbers[i] = width == 4 ? BinaryPrimitives.ReadUInt32BigEndian(number) : BinaryPrimitives.ReadUInt16BigEndian(number);
            }
            segments.Add((value[0], numbers));
            value = value[(2 + numbers.Length * width)..];
        }
        return segments;
    }

    /// <summary>
    /// RFC 6793 4.2.3: AS4_PATH replaces as many AS numbers at the end of the 2-byte AS_PATH as it has. A set counts as one and
    /// confederation segments as none (RFC 4271 9.1.2.2, RFC 5065 5.3), which have no place in AS4_PATH (RFC 6793 6).
    /// </summary>
    private static List<(int Type, IReadOnlyList<uint> Numbers)> Merged(
        List<(int Type, IReadOnlyList<uint> Numbers)> path, Dictionary<byte, byte[]> first)
    {
        // An AGGREGATOR that is not AS_TRANS beside AS4_AGGREGATOR: a 2-byte speaker aggregated on the way, and AS4_PATH is out of date.
        bool isOutOfDate = first.ContainsKey(18) && first.TryGetValue(7, out var aggregator) && aggregator.Length == 6
            && BinaryPrimitives.ReadUInt16BigEndian(aggregator) != AsTrans;
        if (isOutOfDate || !first.TryGetValue(17, out var value) || value.Length == 0 || Segments(value, 4) is not { } as4)
            return path;
        as4.RemoveAll(s => s.Type is 3 or 4);
        int keep = path.Sum(Weight) - as4.Sum(Weight);
        if (keep < 0)
            return path;
        var merged = new List<(int, IReadOnlyList<uint>)>();
        foreach (var segment in path)
        {
            int weight = Weight(segment);
            if (weight > 0 && keep == 0)
                break;
            int taken = segment.Type == 2 ? Math.Min(keep, segment.Numbers.Count) : segment.Numbers.Count;
            merged.Add((segment.Type, [.. segment.Numbers.Take(taken)]));
            keep -= segment.Type == 2 ? taken : weight;
        }
        return [.. merged, .. as4];
    }

    private static int Weight((int Type, IReadOnlyList<uint> Numbers) segment) =>
        segment.Type switch { 1 => 1, 2 => segment.Numbers.Count, _ => 0 };
}
