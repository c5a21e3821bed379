using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Decode;

/// <summary>
/// One peer in one RIB view, as its per-peer headers write it (RFC 7854 4.2 without the time): what the decoder needs to know
/// before it reads an UPDATE, and the octets that all its records begin with.
/// </summary>
internal sealed class PeerView
{
    public PeerView(Peer peer, int index, in PerPeerHeader header, RecordTemplate template)
    {
        Peer = peer;
        Index = index;
        Header = header.Key;
        View = RibViews.Of(header.PeerType, header.Flags);
        AsWidth = header.PeerType != PeerType.LocRib && (header.Flags & PeerFlags.A) != 0 ? 2 : 4;
        Template = template;
        Renegotiate();
    }

    public Peer Peer { get; }

    /// <summary>Counts the session's views, from 0.</summary>
    public int Index { get; }

    /// <summary>The per-peer header without its time.</summary>
    public PerPeerHeaderKey Header { get; }

    public RibView View { get; }

    public bool IsAdjRibInPrePolicy => View == RibView.AdjRibInPrePolicy;

    /// <summary>Octets of an AS number, as the A flag says.</summary>
    public int AsWidth { get; }

    /// <summary>How every record of this view begins.</summary>
    public RecordTemplate Template { get; }

    /// <summary>By <see cref="AddressFamily.Index"/>.</summary>
    public AddPathDecision[] AddPath { get; } = new AddPathDecision[AddressFamily.IndexCount];

    /// <summary>Messages that wait until <see cref="AddPath"/> is decided; null for nearly every peer, nearly always.</summary>
    public HeldMessages? Held { get; set; }

    /// <summary>Starts <see cref="AddPath"/> anew from the peer's OPENs.</summary>
    public void Renegotiate()
    {
        for (int family = 0; family < AddPath.Length; family++)
            AddPath[family] = Peer.AddPath(View, family);
    }
}
