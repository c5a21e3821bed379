using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Decode;

/// <summary>One monitored BGP peer of one router, or one of its Loc-RIB instances, in one session.</summary>
internal sealed class Peer(PeerKey key, int index)
{
    public PeerKey Key { get; } = key;

    /// <summary>The number of the peer in its session, from 0.</summary>
    public int Index { get; } = index;

    /// <summary>From the last Peer Up; null for a peer that is down, whose Peer Up was never seen, or whose OPENs cannot be read.</summary>
    public PeerCapabilities? Capabilities { get; private set; }

    /// <summary>A Peer Up was seen and no Peer Down since.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>The router does not monitor the peer any more: it is not configured (RFC 7854 4.9, reason 5).</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>An eBGP session, as far as the OPENs say.</summary>
    public bool IsExternal { get; private set; }

    /// <summary>A Peer Up, with what its OPENs negotiate where they can be read.</summary>
    public void Up(PeerCapabilities? capabilities, uint peerAs)
    {
        Capabilities = capabilities;
        IsEstablished = true;
        IsRemoved = false;
        IsExternal = Key.Type != PeerType.LocRib && capabilities is { } known && known.LocalAs != peerAs;
    }

    public void Down(byte reason)
    {
        IsEstablished = false;
        IsRemoved = reason == PeerDownNotification.Deconfigured;
        Capabilities = null;
    }

    /// <summary>RFC 8277 2.1: both OPENs allow more than one label before a prefix of the family.</summary>
    public bool HasLabelStacks(int family) => Capabilities is { } capabilities && (capabilities.LabelStacks >> family & 1) != 0;

    /// <summary>What the OPENs say about path identifiers in a view; undecided where there were none.</summary>
    public AddPathDecision AddPath(RibView view, int family)
    {
        if (Capabilities is not { } capabilities)
            return default;
        byte families = view switch
        {
            RibView.AdjRibInPrePolicy or RibView.AdjRibInPostPolicy => capabilities.AddPathIn,
            RibView.LocRib => capabilities.AddPathEither,
            _ => capabilities.AddPathOut,
        };
        return AddPathDecision.Negotiated((families >> family & 1) != 0);
    }
}
