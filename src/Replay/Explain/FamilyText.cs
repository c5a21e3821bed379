using Risotto.Decode.Bgp;

namespace Replay.Explain;

/// <summary>Names of address families (IANA: Address Family Numbers, SAFI).</summary>
internal static class FamilyText
{
    public static string Of(ushort afi, byte safi) => $"{Afi(afi)} {Safi(safi)} ({afi}/{safi})";

    public static string Of(AddressFamily family) => Of(family.Afi, family.Safi);

    public static string Afi(ushort afi) => afi switch
    {
        1 => "IPv4",
        2 => "IPv6",
        25 => "L2VPN",
        16388 => "BGP-LS",
        _ => $"AFI {afi}",
    };

    private static string Safi(byte safi) => safi switch
    {
        1 => "unicast",
        2 => "multicast",
        4 => "labelled unicast",
        5 => "MCAST-VPN",
        65 => "VPLS",
        66 => "MDT",
        70 => "EVPN",
        71 => "BGP-LS",
        72 => "BGP-LS-VPN",
        73 => "SR policy",
        128 => "VPN",
        129 => "multicast VPN",
        132 => "route target constraint",
        133 => "flow specification",
        134 => "VPN flow specification",
        _ => $"SAFI {safi}",
    };
}
