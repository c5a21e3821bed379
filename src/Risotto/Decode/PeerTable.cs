using Risotto.Decode.Bmp;

namespace Risotto.Decode;

/// <summary>
/// The peers of one router's session and their views. It remembers the last view: routers send the messages of a peer in bursts.
/// </summary>
internal sealed class PeerTable
{
    /// <summary>The views of one session, and its peers: more than any router has, and a bound for a router that invents them.</summary>
    public const int MaxViews = 65_536;

    private readonly Dictionary<PeerKey, Peer> _peers = [];
    private readonly Dictionary<PerPeerHeaderKey, PeerView> _views = [];
    private PerPeerHeaderKey _lastKey;
    private PeerView? _last;

    public IReadOnlyCollection<Peer> Peers => _peers.Values;

    /// <summary>The view that the header names, made when it is new; null when the session has too many.</summary>
    public PeerView? FindOrAdd(in PerPeerHeader header) => Find(header) ?? Add(header);

    /// <summary>The view that the header names; null when no earlier header has made it.</summary>
    public PeerView? Find(in PerPeerHeader header) => _last is not null && header.Has(_lastKey) ? _last : LookUp(header);

    /// <summary>The peer that the header names, made when it is new; null when the session has too many.</summary>
    public Peer? FindOrAddPeer(in PerPeerHeader header)
    {
        var key = header.Peer;
        if (!_peers.TryGetValue(key, out var peer) && _peers.Count < MaxViews)
            _peers.Add(key, peer = new Peer(key, _peers.Count));
        return peer;
    }

    /// <summary>Restarts the ADD-PATH decisions of a peer's views: the peer came up, or went down.</summary>
    public void Renegotiate(Peer peer)
    {
        foreach (var (_, view) in _views)
        {
            if (view.Peer == peer)
                view.Renegotiate();
        }
    }

    private PeerView? LookUp(in PerPeerHeader header)
    {
        var key = header.Key;
        if (_views.TryGetValue(key, out var view))
            (_lastKey, _last) = (key, view);
        return view;
    }

    private PeerView? Add(in PerPeerHeader header)
    {
        if (_views.Count >= MaxViews || FindOrAddPeer(header) is not { } peer)
            return null;
        var view = new PeerView(peer, _views.Count, header);
        _views.Add(view.Header, view);
        (_lastKey, _last) = (view.Header, view);
        return view;
    }
}
