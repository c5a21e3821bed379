using Suite.Tests.Fuzz;

namespace Suite.Tests.Faithful;

/// <summary>One route that a generated router has: what announces it and what withdraws it.</summary>
internal sealed record GeneratedRoute(byte[] Nlri, byte[] Withdrawal);

/// <summary>One table of a generated peer: its routes by what tells them apart, with the UPDATE that announces each alone.</summary>
internal sealed class GeneratedRib(int view, int afi, int safi)
{
    public int View { get; } = view;

    public int Afi { get; } = afi;

    public int Safi { get; } = safi;

    public Dictionary<string, (GeneratedRoute Route, byte[] Update)> Routes { get; } = [];
}

/// <summary>One peer of a generated router, and what it negotiated.</summary>
internal sealed class GeneratedPeer
{
    private const int LocRib = 3;

    private static readonly (int Afi, int Safi)[] Families = [(1, 1), (2, 1), (1, 4), (2, 4), (1, 128), (2, 128), (1, 2)];

    private readonly HashSet<FaultKind> _faults;

    /// <param name="number">Tells the router's peers apart.</param>
    /// <param name="faults">Of the stream.</param>
    /// <param name="random">Decides the rest.</param>
    public GeneratedPeer(int number, HashSet<FaultKind> faults, ref SeededRandom random)
    {
        _faults = faults;
        bool isTwin = faults.Contains(FaultKind.LinkLocalTwins) && number < 2;
        Type = isTwin ? 0 : random.Below(8) switch { 0 => LocRib, 1 => 1, _ => 0 };
        Distinguisher = Type is 1 or LocRib ? (ulong)number + 1 : 0;
        IsIpv6 = isTwin || random.OneIn(2);
        Address = isTwin ? new WireWriter().U64(0xFE80_0000_0000_0000).U64(1).Bytes
            : Type == LocRib ? new byte[16]
            : IsIpv6 ? new WireWriter().U64(0x2001_0DB8_0000_0000).U64((ulong)number + 1).Bytes
            : new WireWriter().U64(0).U32(0).U32(0xC000_0201 + (uint)number).Bytes;
        As = 65001 + (uint)number;
        BgpId = 0xC000_0201 + (uint)number;
        HasTwoByteAs = Type != LocRib && random.OneIn(6);
        LeavesPathIdsOut = faults.Contains(FaultKind.PathIdsLeftOut) && !random.OneIn(3);
        HasAddPath = LeavesPathIdsOut || random.OneIn(4);
        HasLabelStacks = faults.Contains(FaultKind.LabelStacks) && random.OneIn(2);
        int families = 1 + random.Below(3);
        int[] views = Type == LocRib ? [4] : random.OneIn(2) ? [0] : [0, random.OneIn(2) ? 1 : 2 + random.Below(2)];
        for (int i = 0; i < families; i++)
        {
            var (afi, safi) = Families[i == 0 && faults.Any(IsOfLabels) ? 2 + random.Below(4) : random.Below(Families.Length)];
            foreach (int view in views)
            {
                if (!Ribs.Exists(r => r.View == view && r.Afi == afi && r.Safi == safi))
                    Ribs.Add(new GeneratedRib(view, afi, safi));
            }
        }
    }

    public int Type { get; }

    public ulong Distinguisher { get; }

    public bool IsIpv6 { get; }

    public byte[] Address { get; }

    public string AddressText => WireText.Address(IsIpv6 || Type == LocRib ? Address : Address[12..]);

    public uint As { get; }

    public uint BgpId { get; }

    /// <summary>AS numbers in its AS_PATH have two bytes: the A flag.</summary>
    public bool HasTwoByteAs { get; }

    /// <summary>Its OPENs negotiate ADD-PATH for all families and both ways.</summary>
    public bool HasAddPath { get; }

    public bool LeavesPathIdsOut { get; }

    public bool HasLabelStacks { get; }

    public bool IsUp { get; set; }

    public List<GeneratedRib> Ribs { get; } = [];

    /// <summary>RFC 7854 4.2, RFC 8671 4.</summary>
    public byte[] Header(int view)
    {
        int flags = Type == LocRib ? 0
            : (IsIpv6 ? 0x80 : 0) | (view is 1 or 3 ? 0x40 : 0) | (HasTwoByteAs ? 0x20 : 0) | (view is 2 or 3 ? 0x10 : 0);
        return new WireWriter().U8(Type).U8(flags).U64(Distinguisher).Add(Address).U32(As).U32(BgpId).U32(0x6553F100).U32(0).Bytes;
    }

    /// <summary>RFC 7854 4.10.</summary>
    public byte[] PeerUp()
    {
        byte[] open = Open();
        return WireWriter.Bmp(3, new WireWriter().Add(Header(0)).Add(Address).U16(179).U16(33000).Add(open).Add(open).Bytes);
    }

    /// <summary>A Route Monitoring message with these BGP messages.</summary>
    public byte[] RouteMonitoring(int view, ReadOnlySpan<byte> bgp) => WireWriter.Bmp(0, new WireWriter().Add(Header(view)).Add(bgp).Bytes);

    /// <summary>A route of one of sixteen prefixes of the family.</summary>
    public (string Name, GeneratedRoute Route) AnyRoute(GeneratedRib rib, ref SeededRandom random)
    {
        uint pathId = HasAddPath && !LeavesPathIdsOut ? 1 + (uint)random.Below(3) : 0;
        return Route(rib, random.Below(16), pathId, ref random);
    }

    /// <summary>A route that cannot be read as if it had a Path Identifier: its prefix has 24 bits (48 bits of IPv6).</summary>
    public (string Name, GeneratedRoute Route) ClearRoute(GeneratedRib rib, int number, ref SeededRandom random) =>
        Route(rib, rib.Afi == 1 ? 4 * (number + 1) % 16 : 4 * number + 3, 0, ref random);

    private (string Name, GeneratedRoute Route) Route(GeneratedRib rib, int number, uint pathId, ref SeededRandom random)
    {
        byte[] prefix = Prefix(rib.Afi, number, out int bits);
        byte[] distinguisher = rib.Safi == 128 ? new WireWriter().U64(0x0000_FDE8_0000_0001 + (ulong)(number % 2)).Bytes : [];
        byte[] labels = rib.Safi is 4 or 128 ? Labels(rib.Afi, bits, ref random) : [];
        byte[] compatibility = rib.Safi is 4 or 128 ? Compatibility(labels, ref random) : [];
        byte[] Nlri(byte[] first)
        {
            var writer = new WireWriter();
            if (pathId > 0)
                writer.U32(pathId);
            return writer.U8(bits + 8 * (first.Length + distinguisher.Length)).Add(first).Add(distinguisher).Add(prefix).Bytes;
        }
        return ($"{number}/{pathId}", new GeneratedRoute(Nlri(labels), Nlri(compatibility)));
    }

    private static bool IsOfLabels(FaultKind fault) =>
        fault is FaultKind.LabelWithoutBottom or FaultKind.WithdrawalCompatibility
            or FaultKind.LabelStacks or FaultKind.LabelStacksUnannounced;

    // Lengths from 17 bits on; some of the prefixes end in a byte of zeros, which reads like a default route after a Path Identifier.
    private static byte[] Prefix(int afi, int number, out int bits)
    {
        byte third = (byte)(number * 16);
        bits = (number % 4) switch { 0 => 24, 1 => 25, 2 => 20, _ => 32 };
        if (afi == 1)
            return new WireWriter().U8(198).U8(51).U8(third).U8(bits > 25 ? number : 0).Bytes[..((bits + 7) / 8)];
        bits += 16;
        return new WireWriter().U32(0x2001_0DB8).U8(third).U8(bits > 41 ? number : 0).Bytes[..((bits + 7) / 8)];
    }

    // RFC 8277 2.2, 2.3. Label 16 and up; one label has the S bit unless the stream is about that.
    private byte[] Labels(int afi, int bits, ref SeededRandom random)
    {
        bool isUnannounced = _faults.Contains(FaultKind.LabelStacksUnannounced) && afi == 1 && bits > 8;
        int count = HasLabelStacks || isUnannounced && random.OneIn(2) ? 1 + random.Below(2) : 1;
        bool hasBottom = count > 1 || HasLabelStacks || !_faults.Contains(FaultKind.LabelWithoutBottom) || random.OneIn(2);
        var writer = new WireWriter();
        for (int i = 1; i <= count; i++)
        {
            int label = 16 + random.Below(1 << 15);
            int entry = label << 4 | (i == count && hasBottom ? 1 : 0);
            writer.U8(entry >> 16).U16(entry);
        }
        return writer.Bytes;
    }

    // RFC 8277 2.4: 0x800000; RFC 3107 3 has the labels themselves there.
    private byte[] Compatibility(byte[] labels, ref SeededRandom random)
    {
        if (_faults.Contains(FaultKind.WithdrawalCompatibility) && random.OneIn(2))
            return [(byte)random.Below(256), (byte)random.Below(256), (byte)random.Below(256)];
        return random.OneIn(2) || labels.Length > 3 ? [0x80, 0, 0] : labels;
    }

    private byte[] Open()
    {
        var capabilities = new WireWriter();
        var families = Ribs.Select(r => (r.Afi, r.Safi)).Distinct().ToList();
        foreach (var (afi, safi) in families)
            capabilities.U8(1).U8(4).U16(afi).U8(0).U8(safi);
        capabilities.U8(65).U8(4).U32(As);
        if (HasAddPath)
        {
            capabilities.U8(69).U8(4 * families.Count);
            families.ForEach(f => capabilities.U16(f.Afi).U8(f.Safi).U8(3));
        }
        if (HasLabelStacks)
        {
            capabilities.U8(8).U8(4 * families.Count);
            families.ForEach(f => capabilities.U16(f.Afi).U8(f.Safi).U8(4));
        }
        byte[] values = capabilities.Bytes;
        var open = new WireWriter().U8(4).U16((int)As).U16(180).U32(BgpId).U8(values.Length + 2);
        return WireWriter.Bgp(1, open.U8(2).U8(values.Length).Add(values).Bytes);
    }
}
