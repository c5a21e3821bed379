using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one router, in all views of all its peers: those that consumers of the records written so far know. It outlives
/// the router's sessions. Guarded by the gate of the router's shard.
/// </summary>
internal sealed class RouterRib(ulong seed, long maxRoutes)
{
    private readonly Dictionary<ViewKey, PeerRib> _views = [];

    /// <summary>The secret seed of all hashes; the same in every run that uses the same state file.</summary>
    public ulong Seed { get; } = seed;

    public RouteCount Count { get; } = new(maxRoutes);

    /// <summary>The port of the last session; synthetic withdraws have it too.</summary>
    public ushort Port { get; set; }

    public IReadOnlyCollection<PeerRib> Views => _views.Values;

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

    /// <summary>Forgets the views without routes that no session owns.</summary>
    public void Prune()
    {
        foreach (var (key, view) in _views)
        {
            if (view.Owner == 0 && view.Routes == 0)
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
