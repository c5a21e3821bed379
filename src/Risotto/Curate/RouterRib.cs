using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one router, in all views of all its peers: those that consumers of the records written so far know. It outlives
/// the router's sessions. Guarded by the gate of the router's shard.
/// </summary>
internal sealed class RouterRib(ulong seed, long maxRoutes)
{
    private readonly Dictionary<ViewKey, PeerRib> _views = [];
    private readonly List<SessionCuration> _sessions = [];

    /// <summary>The secret seed of all hashes; the same in every run that uses the same state file.</summary>
    public ulong Seed { get; } = seed;

    public RouteCount Count { get; } = new(maxRoutes);

    /// <summary>The port of the last session; synthetic withdraws have it too.</summary>
    public ushort Port { get; set; }

    public IReadOnlyCollection<PeerRib> Views => _views.Values;

    /// <summary>The router's peers of which routes are known.</summary>
    public int Peers => _views.Values.Where(view => view.Routes > 0).Select(view => view.Key.Peer).Distinct().Count();

    public long Bytes => _views.Values.Sum(view => view.Bytes);

    /// <summary>The view that the per-peer header names, made when it is new.</summary>
    public PeerRib FindOrAdd(in PerPeerHeaderKey header)
    {
        var key = new PerPeerHeader(header.ToHeader()).View;
        if (!_views.TryGetValue(key, out var view))
            _views.Add(key, view = new PeerRib(key, this) { Header = header });
        return view;
    }

    public PeerRib? Find(ViewKey key) => _views.GetValueOrDefault(key);

    /// <summary>A session of the router has begun.</summary>
    public void Add(SessionCuration session) => _sessions.Add(session);

    /// <summary>A session of the router has ended.</summary>
    public void Remove(SessionCuration session) => _sessions.Remove(session);

    /// <summary>Whether an open session other than the view's owner has reported the view.</summary>
    public bool IsReportedByOthers(PeerRib view) => _sessions.Exists(session => session != view.Owner && session.HasReported(view));

    /// <summary>
    /// Closes the open sessions that have reported the view and do not own it: their routers have to report everything again.
    /// </summary>
    public void CloseOthers(PeerRib view)
    {
        foreach (var session in _sessions)
        {
            if (session != view.Owner && session.HasReported(view))
                session.RequestClose();
        }
    }

    /// <summary>Forgets the views without routes that no session owns.</summary>
    public void Prune()
    {
        foreach (var (key, view) in _views)
        {
            if (view.Owner is null && view.Routes == 0)
            {
                view.Clear();
                _views.Remove(key);
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
