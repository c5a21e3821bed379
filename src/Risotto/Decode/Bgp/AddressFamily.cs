namespace Risotto.Decode.Bgp;

/// <summary>An AFI/SAFI pair, RFC 4760.</summary>
internal readonly record struct AddressFamily(ushort Afi, byte Safi)
{
    // Kept, because every prefix field asks for it more than once; 0: not decoded.
    private readonly byte _indexPlusOne = IndexPlusOne(Afi, Safi);

    public static readonly AddressFamily Ipv4Unicast = new(AfiIpv4, SafiUnicast);

    /// <summary>The number of families with an <see cref="Index"/>.</summary>
    public const int IndexCount = 8;

    private const ushort AfiIpv4 = 1, AfiIpv6 = 2;
    private const byte SafiUnicast = 1, SafiMulticast = 2, SafiLabelled = 4, SafiVpn = 128;

    public bool IsIpv4 => Afi == AfiIpv4;

    /// <summary>Address bits of a prefix: 32 or 128.</summary>
    public int AddressBits => IsIpv4 ? 32 : 128;

    /// <summary>RFC 8277 labelled unicast, RFC 4364/4659 VPN: a label stack comes before the prefix.</summary>
    public bool HasLabels => Safi is SafiLabelled or SafiVpn;

    /// <summary>RFC 4364: a Route Distinguisher of 8 bytes comes before the prefix.</summary>
    public bool HasRouteDistinguisher => Safi == SafiVpn;

    /// <summary>0 to 7 for the families whose NLRI is decoded, -1 for any other.</summary>
    public int Index => _indexPlusOne - 1;

    /// <summary>The family with this <see cref="Index"/>.</summary>
    public static AddressFamily FromIndex(int index) =>
        new((ushort)(index / 4 + 1), (index % 4) switch { 0 => SafiUnicast, 1 => SafiMulticast, 2 => SafiLabelled, _ => SafiVpn });

    public bool IsDecoded => Index >= 0;

    private static byte IndexPlusOne(ushort afi, byte safi)
    {
        int index = safi switch { SafiUnicast => 1, SafiMulticast => 2, SafiLabelled => 3, SafiVpn => 4, _ => 0 };
        return index == 0 || afi is not (AfiIpv4 or AfiIpv6) ? (byte)0 : (byte)((afi - 1) * 4 + index);
    }

    public override string ToString() => $"{Afi}/{Safi}";
}
