using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one router, in all views of all its peers: what the records written so far tell downstream. It outlives
/// the router's sessions. Guarded by the gate of the router's shard.
/// </summary>
internal sealed class RouterRib(ulong seed, long maxRoutes)
{
    private readonly Dictionary<PeerIdentity, ViewRib> _views = [];

    /// <summary>Of the keys of all tables; the same in every run that uses the same state file.</summary>
    public ulong Seed { get; } = seed;

    public RouteCount Count { get; } = new(maxRoutes);

    /// <summary>The last session's port, which stands in synthetic withdraws too.</summary>
    public ushort Port { get; set; }

    public IReadOnlyCollection<ViewRib> Views => _views.Values;

    public long Bytes => _views.Values.Sum(view => view.Bytes);

    /// <summary>The view of these peer and flags, made when it is new.</summary>
    public ViewRib View(in PerPeerHeaderKey header)
    {
        var peer = new PerPeerHeader(header.ToHeader());
        var id = new PeerIdentity(new Decode.PeerId(peer.PeerType, peer.Distinguisher, peer.Address), RibViews.Of(peer.PeerType, peer.Flags));
        if (!_views.TryGetValue(id, out var view))
            _views.Add(id, view = new ViewRib(id, this) { Header = header });
        return view;
    }

    public ViewRib? Find(PeerIdentity id) => _views.GetValueOrDefault(id);

    /// <summary>Forgets the views that no session tells of and that have no routes.</summary>
    public void Prune()
    {
        foreach (var (id, view) in _views)
        {
            if (view.Owner == 0 && view.Routes == 0)
            {
                view.Clear();
                _views.Remove(id);
            }
        }
    }

    /// <summary>Forgets all routes.</summary>
    public void Clear()
    {
        foreach (var view in Views)
            view.Clear();
    }
}
