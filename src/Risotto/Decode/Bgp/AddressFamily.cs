namespace Risotto.Decode.Bgp;

/// <summary>An AFI/SAFI pair (RFC 4760) as one number: AFI in the high, SAFI in the low 8 bits.</summary>
internal readonly record struct AddressFamily(ushort Afi, byte Safi)
{
    public static readonly AddressFamily Ipv4Unicast = new(1, SafiUnicast);

    /// <summary>How many families have an <see cref="Index"/>.</summary>
    public const int IndexCount = 8;

    private const byte SafiUnicast = 1, SafiMulticast = 2, SafiLabelled = 4, SafiVpn = 128;

    public bool IsIpv4 => Afi == 1;

    /// <summary>Address bits of a prefix: 32 or 128.</summary>
    public int AddressBits => Afi == 1 ? 32 : 128;

    /// <summary>RFC 8277 labelled unicast, RFC 4364/4659 VPN: a label stack stands before the prefix.</summary>
    public bool HasLabels => Safi is SafiLabelled or SafiVpn;

    /// <summary>RFC 4364: an 8-octet Route Distinguisher stands before the prefix.</summary>
    public bool HasRouteDistinguisher => Safi == SafiVpn;

    /// <summary>0 to 7 for the families whose NLRI is decoded, -1 for any other.</summary>
    public int Index
    {
        get
        {
            int safi = Safi switch { SafiUnicast => 0, SafiMulticast => 1, SafiLabelled => 2, SafiVpn => 3, _ => -1 };
            return safi < 0 || Afi is not (1 or 2) ? -1 : (Afi - 1) * 4 + safi;
        }
    }

    /// <summary>The family with this <see cref="Index"/>.</summary>
    public static AddressFamily Of(int index) =>
        new((ushort)(index / 4 + 1), (index % 4) switch { 0 => SafiUnicast, 1 => SafiMulticast, 2 => SafiLabelled, _ => SafiVpn });

    public bool IsDecoded => Index >= 0;

    public override string ToString() => $"{Afi}/{Safi}";
}
