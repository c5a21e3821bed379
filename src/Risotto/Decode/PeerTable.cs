using Risotto.Decode.Bmp;

namespace Risotto.Decode;

/// <summary>The peers of one router's session. The last view is remembered: routers send their peers in bursts.</summary>
internal sealed class PeerTable(PeerTable.TemplateBuilder template)
{
    /// <summary>Views of one session: more than any router has peers, and a bound for one that invents them.</summary>
    public const int MaxViews = 65_536;

    /// <summary>Makes the octets with which a view's records begin.</summary>
    public delegate RecordTemplate TemplateBuilder(in PerPeerHeader header);

    private readonly Dictionary<PeerId, Peer> _peers = [];
    private readonly Dictionary<PerPeerHeaderKey, PeerView> _views = [];
    private PerPeerHeaderKey _lastKey;
    private PeerView? _last;

    public IReadOnlyCollection<Peer> Peers => _peers.Values;

    /// <summary>The view that the header stands for; null when the session has too many.</summary>
    public PeerView? Find(in PerPeerHeader header) => Known(header) ?? Add(header);

    /// <summary>The view that the header stands for, where an earlier header made it.</summary>
    public PeerView? Known(in PerPeerHeader header) => _last is not null && header.Has(_lastKey) ? _last : LookUp(header);

    private PeerView? LookUp(in PerPeerHeader header)
    {
        var key = header.Key;
        if (_views.TryGetValue(key, out var view))
            (_lastKey, _last) = (key, view);
        return view;
    }

    private PeerView? Add(in PerPeerHeader header)
    {
        if (_views.Count >= MaxViews || FindPeer(header) is not { } peer)
            return null;
        var view = new PeerView(peer, _views.Count, header, template(header));
        _views.Add(view.Header, view);
        (_lastKey, _last) = (view.Header, view);
        return view;
    }

    /// <summary>The peer of the header, made when it is new; null when the session has too many.</summary>
    public Peer? FindPeer(in PerPeerHeader header)
    {
        var id = new PeerId(header.PeerType, header.Distinguisher, header.Address);
        if (!_peers.TryGetValue(id, out var peer) && _peers.Count < MaxViews)
            _peers.Add(id, peer = new Peer(id));
        return peer;
    }

    /// <summary>Starts the decisions of a peer's views anew: it came up, or went down.</summary>
    public void Renegotiate(Peer peer)
    {
        foreach (var (_, view) in _views)
        {
            if (view.Peer == peer)
                view.Renegotiate();
        }
    }
}
