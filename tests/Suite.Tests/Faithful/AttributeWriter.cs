using Suite.Tests.Fuzz;

namespace Suite.Tests.Faithful;

/// <summary>
/// Path attributes of generated UPDATEs, with the faults that the stream is about (issue of each: RFC 7606 7 and the attribute's own RFC).
/// </summary>
internal sealed class AttributeWriter(HashSet<FaultKind> faults)
{
    private const byte WellKnown = 0x40, Optional = 0x80, OptionalTransitive = 0xC0;
    private const byte NextHop = 3, MpReach = 14;

    private sealed record Attribute(byte Flags, byte Type, byte[] Value);

    /// <summary>The attributes' bytes.</summary>
    /// <param name="peer">Tells the width of AS numbers.</param>
    /// <param name="hasNextHop">NEXT_HOP for the NLRI field of the UPDATE.</param>
    /// <param name="reach">AFI, SAFI and NLRI of each MP_REACH_NLRI.</param>
    /// <param name="unreach">The values of MP_UNREACH_NLRI.</param>
    /// <param name="random">Decides.</param>
    public byte[] Write(
        GeneratedPeer peer, bool hasNextHop, List<(int Afi, int Safi, byte[] Nlri)> reach, List<byte[]> unreach, ref SeededRandom random)
    {
        var attributes = new List<Attribute>();
        bool announces = hasNextHop || reach.Count > 0;
        if (announces)
        {
            AddMandatory(attributes, peer, hasNextHop, ref random);
            AddOthers(attributes, peer, ref random);
            Spoil(attributes, peer, ref random);
        }
        foreach (var (afi, safi, nlri) in reach)
        {
            byte[] hop = MpNextHop(afi, safi, ref random);
            attributes.Insert(random.OneIn(2) ? 0 : attributes.Count,
                new Attribute(Optional, MpReach, new WireWriter().U16(afi).U8(safi).U8(hop.Length).Add(hop).U8(0).Add(nlri).Bytes));
        }
        foreach (byte[] value in unreach)
            attributes.Insert(0, new Attribute(Optional, 15, value));
        byte[] bytes = Serialised(attributes, ref random);
        bool isCut = announces && Has(FaultKind.AttributeListCut, ref random) && bytes.Length > 1;
        return isCut ? bytes[..(bytes.Length - 1 - random.Below(bytes.Length - 1))] : bytes;
    }

    private static void AddMandatory(List<Attribute> attributes, GeneratedPeer peer, bool hasNextHop, ref SeededRandom random)
    {
        attributes.Add(new Attribute(WellKnown, 1, [(byte)random.Below(3)]));
        var path = new WireWriter();
        if (!random.OneIn(12))
        {
            int count = 1 + random.Below(4);
            path.U8(2).U8(count);
            for (int i = 0; i < count; i++)
                Number(path, peer, 65001 + (uint)random.Below(500));
            if (random.OneIn(6))
                Number(path.U8(1 + random.Below(4)).U8(1), peer, 65500);
        }
        attributes.Add(new Attribute(WellKnown, 2, path.Bytes));
        if (hasNextHop)
            attributes.Add(new Attribute(WellKnown, NextHop, [192, 0, 2, (byte)(1 + random.Below(4))]));
    }

    private static void AddOthers(List<Attribute> attributes, GeneratedPeer peer, ref SeededRandom random)
    {
        byte[] Random(int length, ref SeededRandom from)
        {
            byte[] value = new byte[length];
            for (int i = 0; i < length; i++)
                value[i] = (byte)from.Below(256);
            return value;
        }
        if (random.OneIn(3))
            attributes.Add(new Attribute(Optional, 4, Random(4, ref random)));
        if (random.OneIn(3))
            attributes.Add(new Attribute(WellKnown, 5, Random(4, ref random)));
        if (random.OneIn(8))
            attributes.Add(new Attribute(WellKnown, 6, []));
        if (random.OneIn(8))
            attributes.Add(new Attribute(OptionalTransitive, 7, Number(new WireWriter(), peer, 65010).U32(0xC0000201).Bytes));
        if (random.OneIn(3))
            attributes.Add(new Attribute(OptionalTransitive, 8, Random(4 * (1 + random.Below(9)), ref random)));
        if (random.OneIn(8))
            attributes.Add(new Attribute(Optional, 9, Random(4, ref random)));
        if (random.OneIn(8))
            attributes.Add(new Attribute(Optional, 10, Random(4 * (1 + random.Below(3)), ref random)));
        if (random.OneIn(6))
            attributes.Add(new Attribute(OptionalTransitive, 16, Random(8 * (1 + random.Below(3)), ref random)));
        if (peer.HasTwoByteAs && random.OneIn(2))
            attributes.Add(new Attribute(OptionalTransitive, 17, new WireWriter().U8(2).U8(1).U32(4_200_000_001).Bytes));
        if (random.OneIn(12))
            attributes.Add(new Attribute(OptionalTransitive, 25, Random(20 * (1 + random.Below(2)), ref random)));
        if (random.OneIn(4))
            attributes.Add(new Attribute(OptionalTransitive, 32, Random(12 * (1 + random.Below(4)), ref random)));
        if (random.OneIn(8))
            attributes.Add(new Attribute(OptionalTransitive, 35, Random(4, ref random)));
        if (random.OneIn(8))
            attributes.Add(new Attribute(OptionalTransitive, (byte)(random.OneIn(2) ? 26 : 99), Random(random.Below(9), ref random)));
    }

    // At most one fault of each kind that the stream is about.
    private void Spoil(List<Attribute> attributes, GeneratedPeer peer, ref SeededRandom random)
    {
        if (Has(FaultKind.NextHopMissing, ref random))
            attributes.RemoveAll(a => a.Type == NextHop);
        if (Has(FaultKind.NextHopLength, ref random))
        {
            int length = random.Below(4) switch { 0 => 0, 1 => 3, 2 => 5, _ => 16 };
            Replace(attributes, NextHop, new byte[length], WellKnown, onlyIfThere: true);
        }
        if (Has(FaultKind.OriginFault, ref random))
        {
            attributes.RemoveAll(a => a.Type == 1);
            if (!random.OneIn(4))
            {
                byte[] origin = random.Below(3) switch { 0 => [], 1 => [0, 0], _ => [(byte)(3 + random.Below(253))] };
                attributes.Add(new Attribute(WellKnown, 1, origin));
            }
        }
        if (Has(FaultKind.AsPathMissing, ref random))
            attributes.RemoveAll(a => a.Type == 2);
        if (Has(FaultKind.AsPathFault, ref random))
        {
            var path = Number(Number(new WireWriter().U8(2).U8(2), peer, 65001), peer, 65002);
            byte[] whole = path.Bytes;
            byte[] spoilt = random.Below(3) switch
            {
                0 => Number(path.U8(random.OneIn(2) ? 0 : 5 + random.Below(200)).U8(1), peer, 65003).Bytes,
                1 => path.U8(2).U8(0).Bytes,
                _ => whole[..(1 + random.Below(whole.Length - 1))],
            };
            Replace(attributes, 2, spoilt, WellKnown);
        }
        SpoilLengths(attributes, ref random);
        if (Has(FaultKind.AttributeRepeated, ref random))
        {
            var repeated = attributes[random.Below(attributes.Count)];
            attributes.Add(repeated with { Value = random.OneIn(2) ? repeated.Value : new byte[repeated.Value.Length] });
        }
        if (Has(FaultKind.WrongFlags, ref random))
        {
            int index = random.Below(attributes.Count);
            attributes[index] = attributes[index] with { Flags = (byte)(attributes[index].Flags ^ (0x40 << random.Below(2))) };
        }
    }

    private void SpoilLengths(List<Attribute> attributes, ref SeededRandom random)
    {
        if (Has(FaultKind.ListFault, ref random))
        {
            var (type, size) = random.Below(5) switch { 0 => (8, 4), 1 => (16, 8), 2 => (32, 12), 3 => (10, 4), _ => (25, 20) };
            int length = random.OneIn(3) ? 0 : size * random.Below(3) + 1 + random.Below(size - 1);
            Replace(attributes, (byte)type, new byte[length], type == 10 ? Optional : OptionalTransitive);
        }
        if (Has(FaultKind.NumberLength, ref random))
        {
            var (type, flags) = random.Below(5) switch
            {
                0 => (4, Optional),
                1 => (5, WellKnown),
                2 => (9, Optional),
                3 => (6, WellKnown),
                _ => (35, OptionalTransitive),
            };
            int length = random.Below(4) switch { 0 when type != 6 => 0, 1 => 3, 2 => 5, _ => 8 };
            Replace(attributes, (byte)type, new byte[length], flags);
        }
        if (Has(FaultKind.AggregatorLength, ref random))
            Replace(attributes, 7, new byte[random.Below(5) switch { 0 => 0, 1 => 5, 2 => 7, 3 => 6, _ => 8 }], OptionalTransitive);
    }

    private byte[] MpNextHop(int afi, int safi, ref SeededRandom random)
    {
        int length = safi == 128 ? afi == 1 && random.OneIn(2) ? 12 : random.OneIn(4) ? 48 : 24
            : afi == 1 && random.OneIn(2) ? 4 : random.OneIn(4) ? 32 : 16;
        if (Has(FaultKind.MpNextHopLength, ref random))
            length = random.Below(10) switch { 0 => 0, 1 => 4, 2 => 12, 3 => 16, 4 => 24, 5 => 32, 6 => 48, 7 => 5, 8 => 20, _ => 33 };
        byte[] hop = new byte[length];
        // An address of the documentation, after a Route Distinguisher of zeros where the length has one.
        int at = length is 12 or 24 or 48 ? 8 : 0;
        byte[] address = length is 4 or 12 ? [192, 0, 2, 9] : new WireWriter().U32(0x2001_0DB8).U32(0).U64(9).Bytes;
        address.AsSpan(0, Math.Min(address.Length, length - at)).CopyTo(hop.AsSpan(at));
        if (length is 32 or 48)
            new WireWriter().U64(0xFE80_0000_0000_0000).U64(9).Bytes.CopyTo(hop, length - 16);
        return hop;
    }

    private static void Replace(List<Attribute> attributes, byte type, byte[] value, byte flags, bool onlyIfThere = false)
    {
        int removed = attributes.RemoveAll(a => a.Type == type);
        if (removed > 0 || !onlyIfThere)
            attributes.Add(new Attribute(flags, type, value));
    }

    private static byte[] Serialised(List<Attribute> attributes, ref SeededRandom random)
    {
        var writer = new WireWriter();
        foreach (var (flags, type, value) in attributes)
        {
            bool isExtended = value.Length > 255 || random.OneIn(8);
            writer.U8(flags | (isExtended ? 0x10 : 0)).U8(type);
            if (isExtended)
                writer.U16(value.Length);
            else
                writer.U8(value.Length);
            writer.Add(value);
        }
        return writer.Bytes;
    }

    private static WireWriter Number(WireWriter writer, GeneratedPeer peer, uint number) =>
        peer.HasTwoByteAs ? writer.U16((int)number) : writer.U32(number);

    private bool Has(FaultKind fault, ref SeededRandom random) => faults.Contains(fault) && random.OneIn(2);
}
