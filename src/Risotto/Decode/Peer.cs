using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Shared.Records.Wire;

namespace Risotto.Decode;

/// <summary>What tells peers of one router apart: type, distinguisher, address (RFC 7854 4.2). The BGP ID is not part of it.</summary>
internal readonly record struct PeerId(PeerType Type, ulong Distinguisher, Ipv6Address Address);

/// <summary>One monitored BGP peer of one router, or one of its Loc-RIB instances.</summary>
internal sealed class Peer(PeerId id)
{
    public PeerId Id { get; } = id;

    /// <summary>The address as a metric label, in its own family.</summary>
    public string Label { get; } = id.Address.ToString();

    /// <summary>Of the last Peer Up; null for a peer that is down, whose Peer Up was never seen, or whose OPENs cannot be read.</summary>
    public PeerCapabilities? Capabilities { get; private set; }

    /// <summary>A Peer Up was seen and no Peer Down since.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>The router said that it will tell nothing of this peer any more: it is not configured, RFC 7854 4.9 reason 5.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>An eBGP session, as far as the OPENs tell.</summary>
    public bool IsExternal { get; private set; }

    /// <summary>Prefixes received and records emitted, since the session began.</summary>
    public long RoutesReceived { get; set; }

    public long RecordsEmitted { get; set; }

    /// <summary>A Peer Up, with what its OPENs negotiate where they can be read.</summary>
    public void Up(PeerCapabilities? capabilities, uint peerAs)
    {
        Capabilities = capabilities;
        IsEstablished = true;
        IsRemoved = false;
        IsExternal = Id.Type != PeerType.LocRib && capabilities is { } known && known.LocalAs != peerAs;
    }

    public void Down(byte reason)
    {
        const byte deconfigured = 5;
        IsEstablished = false;
        IsRemoved = reason == deconfigured;
        Capabilities = null;
    }

    /// <summary>What the OPENs say about path identifiers in a view; open where there were none.</summary>
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
