using Risotto.Tests.Messages;
using static Risotto.Tests.Messages.Bytes;

namespace Risotto.Tests.Curate;

/// <summary>A view of a peer, as the model and the per-peer header name it.</summary>
internal sealed record ModelView(int Router, string Peer, ulong Distinguisher, byte Type, int RibView)
{
    public PeerHeader Header => new()
    {
        Type = Type,
        Address = Type == 3 ? "0.0.0.0" : Peer,
        Distinguisher = Distinguisher,
        Flags = (byte)((Peer.Contains(':', StringComparison.Ordinal) && Type != 3 ? PeerHeader.V : 0)
            | (Type != 3 && (RibView & 1) != 0 ? PeerHeader.L : 0) | (Type != 3 && (RibView & 2) != 0 ? PeerHeader.O : 0)),
    };
}

/// <summary>A route of the model: what the issue of curation calls its key.</summary>
internal readonly record struct ModelRoute(ModelView View, ModelFamily Family, int Prefix, uint PathId, int Distinguisher);

/// <summary>The families that the model speaks.</summary>
internal enum ModelFamily
{
    Ipv4,
    Ipv6,
    Ipv6Long,
    VpnIpv4,
}

/// <summary>Messages for the model's routes. The bytes are those of RFC 4271, 4760, 7911 and 4364.</summary>
internal static class ModelMessages
{
    private static readonly byte[] Ipv6NextHop = Address("2001:db8::9"), VpnNextHop = Join(new byte[8], Address("192.0.2.9"));

    private static readonly ModelFamily[] Families = Enum.GetValues<ModelFamily>();

    /// <summary>Every announcement of one attribute number has the same attributes, and of another one others.</summary>
    public static byte[] Announce(ModelRoute route, int attribute, bool hasPathIds)
    {
        byte[] path = Join(PathAttribute.Origin((byte)(attribute % 3)), PathAttribute.AsPath(65001, (uint)(attribute / 3)));
        byte[] nlri = Nlri(route, hasPathIds, withdrawn: false);
        return BmpMessage.RouteMonitoring(route.View.Header, route.Family switch
        {
            ModelFamily.Ipv4 => BgpMessage.Update(Join(path, PathAttribute.NextHop("192.0.2.9")), nlri),
            ModelFamily.VpnIpv4 => BgpMessage.Update(Join(path, PathAttribute.MpReach(1, 128, VpnNextHop, nlri))),
            _ => BgpMessage.Update(Join(PathAttribute.MpReach(2, 1, Ipv6NextHop, nlri), path)),
        });
    }

    public static byte[] Withdraw(ModelRoute route, bool hasPathIds)
    {
        byte[] nlri = Nlri(route, hasPathIds, withdrawn: true);
        return BmpMessage.RouteMonitoring(route.View.Header, route.Family switch
        {
            ModelFamily.Ipv4 => BgpMessage.Update([], withdrawn: nlri),
            ModelFamily.VpnIpv4 => BgpMessage.Update(PathAttribute.MpUnreach(1, 128, nlri)),
            _ => BgpMessage.Update(PathAttribute.MpUnreach(2, 1, nlri)),
        });
    }

    /// <summary>One for each family (RFC 4724 2).</summary>
    public static IEnumerable<byte[]> EndOfRibs(ModelView view) => Families.Where(family => family != ModelFamily.Ipv6Long)
        .Select(family => BmpMessage.RouteMonitoring(view.Header, family switch
        {
            ModelFamily.Ipv4 => BgpMessage.Update([]),
            ModelFamily.VpnIpv4 => BgpMessage.Update(PathAttribute.MpUnreach(1, 128)),
            _ => BgpMessage.Update(PathAttribute.MpUnreach(2, 1)),
        }));

    /// <summary>The prefix as records show it.</summary>
    public static string Text(ModelRoute route) => route.Family switch
    {
        ModelFamily.Ipv4 or ModelFamily.VpnIpv4 => $"10.{route.Prefix >> 8 & 0xFF}.{route.Prefix & 0xFF}.0/24",
        ModelFamily.Ipv6 => $"2001:db8:{route.Prefix + 1:x}::/48",
        _ => $"2001:db8::{route.Prefix + 1:x}/128",
    };

    private static byte[] Nlri(ModelRoute route, bool hasPathIds, bool withdrawn)
    {
        string prefix = Text(route);
        byte[] id = hasPathIds ? UInt32(route.PathId) : [];
        return Join(id, route.Family == ModelFamily.VpnIpv4
            ? Messages.Nlri.Labelled(withdrawn ? [0x80, 0, 0]
                : Messages.Nlri.Label(100, isBottom: true), UInt64((ulong)route.Distinguisher), prefix)
            : Messages.Nlri.Prefix(prefix));
    }
}
