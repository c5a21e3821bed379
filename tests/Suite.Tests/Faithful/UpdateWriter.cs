using Suite.Tests.Fuzz;

namespace Suite.Tests.Faithful;

/// <summary>UPDATEs of generated peers (RFC 4271 4.3, RFC 4760), with the faults that the stream is about.</summary>
internal sealed class UpdateWriter(HashSet<FaultKind> faults)
{
    private readonly AttributeWriter _attributes = new(faults);

    /// <summary>Announces one route.</summary>
    public byte[] Single(GeneratedPeer peer, GeneratedRib rib, GeneratedRoute route, ref SeededRandom random) =>
        Message(peer, rib, [route.Nlri], [], ref random);

    /// <summary>
    /// What a Route Monitoring message has after its per-peer header: one UPDATE, or several, that announces and withdraws some routes.
    /// </summary>
    public byte[] Next(GeneratedPeer peer, GeneratedRib rib, ref SeededRandom random)
    {
        var writer = new WireWriter();
        int updates = Has(FaultKind.SeveralUpdates, ref random) ? 2 + random.Below(2) : 1;
        for (int i = 0; i < updates; i++)
            writer.Add(Change(peer, rib, ref random));
        if (Has(FaultKind.VendorBytes, ref random))
        {
            for (int i = random.Below(40); i >= 0; i--)
                writer.U8(random.Below(255));
        }
        return writer.Bytes;
    }

    private byte[] Change(GeneratedPeer peer, GeneratedRib rib, ref SeededRandom random)
    {
        var withdrawn = new List<byte[]>();
        foreach (string name in rib.Routes.Keys.ToList())
        {
            if (!random.OneIn(5))
                continue;
            withdrawn.Add(rib.Routes[name].Route.Withdrawal);
            rib.Routes.Remove(name);
        }
        var announced = new List<byte[]>();
        for (int count = withdrawn.Count > 0 && random.OneIn(2) ? 0 : 1 + random.Below(3); count > 0; count--)
        {
            var (name, route) = peer.AnyRoute(rib, ref random);
            announced.Add(route.Nlri);
            rib.Routes[name] = (route, Single(peer, rib, route, ref random));
        }
        return Message(peer, rib, announced, withdrawn, ref random);
    }

    private byte[] Message(GeneratedPeer peer, GeneratedRib rib, List<byte[]> announced, List<byte[]> withdrawn, ref SeededRandom random)
    {
        // RFC 4760 allows IPv4 unicast in the MP attributes, RFC 8950 makes use of it.
        bool isClassic = rib.Afi == 1 && rib.Safi == 1 && !random.OneIn(3);
        byte[] nlri = Field(announced, rib, ref random), withdrawal = Field(withdrawn, rib, ref random);
        var reach = new List<(int, int, byte[])>();
        var unreach = new List<byte[]>();
        if (!isClassic && announced.Count > 0)
            reach.Add((rib.Afi, rib.Safi, nlri));
        if (!isClassic && withdrawn.Count > 0)
            unreach.Add(new WireWriter().U16(rib.Afi).U8(rib.Safi).Add(withdrawal).Bytes);
        if (Has(FaultKind.MpAttributeRepeated, ref random))
        {
            var (_, further) = peer.AnyRoute(rib, ref random);
            if (random.OneIn(2) && reach.Count > 0)
                reach.Add((rib.Afi, rib.Safi, further.Nlri));
            else if (unreach.Count > 0)
                unreach.Add(new WireWriter().U16(rib.Afi).U8(rib.Safi).Add(further.Withdrawal).Bytes);
        }
        byte[] attributes = _attributes.Write(peer, isClassic && announced.Count > 0, reach, unreach, ref random);
        byte[] before = isClassic ? withdrawal : [], after = isClassic ? nlri : [];
        byte[] body = new WireWriter().U16(before.Length).Add(before).U16(attributes.Length).Add(attributes).Add(after).Bytes;
        return WireWriter.Bgp(2, body, hasSoundMarker: !Has(FaultKind.Marker, ref random));
    }

    private byte[] Field(List<byte[]> prefixes, GeneratedRib rib, ref SeededRandom random)
    {
        var writer = new WireWriter();
        prefixes.ForEach(prefix => writer.Add(prefix));
        if (prefixes.Count > 0 && Has(FaultKind.NlriCut, ref random))
            writer.Add(prefixes[0].AsSpan(0, prefixes[0].Length - 1));
        if (prefixes.Count > 0 && rib.Safi < 4 && Has(FaultKind.PrefixTooLong, ref random))
        {
            // Ones: with zeros the field could be read as if it had Path Identifiers.
            writer.U8(rib.Afi == 1 ? 33 + random.Below(8) : 129 + random.Below(8));
            for (int i = rib.Afi == 1 ? 5 : 17; i > 0; i--)
                writer.U8(0xFF);
            writer.Add(prefixes[0]);
        }
        return writer.Bytes;
    }

    private bool Has(FaultKind fault, ref SeededRandom random) => faults.Contains(fault) && random.OneIn(2);
}
