using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Decode;

/// <summary>
/// One peer in one RIB view of one session, as its per-peer headers describe it: what the decoder has to know before it reads an
/// UPDATE.
/// </summary>
internal sealed class PeerView
{
    public PeerView(Peer peer, int index, in PerPeerHeader header)
    {
        Peer = peer;
        Index = index;
        Header = header.Key;
        RibView = header.RibView;
        AsWidth = header.PeerType != PeerType.LocRib && (header.Flags & PeerFlags.A) != 0 ? 2 : 4;
        Renegotiate();
    }

    public Peer Peer { get; }

    /// <summary>The number of the view in its session, from 0.</summary>
    public int Index { get; }

    /// <summary>The per-peer header without its time.</summary>
    public PerPeerHeaderKey Header { get; }

    public RibView RibView { get; }

    public bool IsAdjRibInPrePolicy => RibView == RibView.AdjRibInPrePolicy;

    /// <summary>Bytes of an AS number, as the A flag says: 2 or 4.</summary>
    public int AsWidth { get; }

    /// <summary>By <see cref="AddressFamily.Index"/>.</summary>
    public AddPathDecision[] AddPath { get; } = new AddPathDecision[AddressFamily.IndexCount];

    /// <summary>
    /// Families whose routes were read with path identifiers that are not there, or without those that are: one bit for each index.
    /// Their records are to be withdrawn.
    /// </summary>
    public byte Misread { get; set; }

    /// <summary>Restarts <see cref="AddPath"/> from the peer's OPENs.</summary>
    public void Renegotiate()
    {
        for (int family = 0; family < AddPath.Length; family++)
            AddPath[family] = Peer.AddPath(RibView, family);
    }
}
