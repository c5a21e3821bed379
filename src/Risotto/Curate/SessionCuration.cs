using Risotto.Decode;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The views of its router that one session owns. The newest session that sent routes of a view owns it, so the bytes that a half-open
/// connection still holds change nothing. The caller holds the gate of the router's shard.
/// </summary>
/// <param name="router">The live routes.</param>
/// <param name="session">The number of the session: newer sessions have higher ones.</param>
/// <param name="options">The times of the curation.</param>
/// <param name="counters">The counters of all routers.</param>
internal sealed class SessionCuration(RouterRib router, long session, CurationOptions options, CurationCounters counters)
{
    private static readonly RibView[] RibViews = Enum.GetValues<RibView>();

    // By PeerView.Index.
    private PeerRib?[] _views = [];

    public CurationCounters Counters { get; } = counters;

    /// <summary>The seed of the attributes' hashes; null: changes of attributes do not count.</summary>
    public ulong? HashSeed(ulong nowNs)
    {
        if (options.PresenceOnly)
            return null;
        // A new seed in each period makes every repeated route look changed once.
        return options.Refresh is { } refresh ? router.Seed ^ nowNs / Nanoseconds(refresh) : router.Seed;
    }

    /// <summary>The session's first message: it takes over the views that no session owns.</summary>
    public void Open(ushort port, ulong nowNs)
    {
        router.Port = port;
        foreach (var view in router.Views)
        {
            if (view.Owner == 0)
                view.Claim(session, SweepAt(nowNs));
        }
    }

    /// <summary>The routes of the view, which the session takes over if it does not own it; null if a newer session has sent it.</summary>
    public PeerRib? FindOrClaim(PeerView view, ulong nowNs) => Find(view) ?? Claim(view, nowNs);

    /// <summary>The routes of the view; null if the session does not own it.</summary>
    public PeerRib? Find(PeerView view)
    {
        var views = _views;
        return (uint)view.Index < (uint)views.Length && views[view.Index] is { } known && known.Owner == session ? known : null;
    }

    /// <summary>The router begins to send the tables of this peer again.</summary>
    public void PeerUp(in PerPeerHeader header, ulong nowNs)
    {
        foreach (var view in Views(header))
            view.Claim(session, SweepAt(nowNs));
    }

    /// <summary>The views of a peer that this session owns, or that none does.</summary>
    public IEnumerable<PeerRib> Views(in PerPeerHeader header) => Views(header.Peer);

    /// <summary>All views that this session owns.</summary>
    public IEnumerable<PeerRib> Views() => router.Views.Where(view => view.Owner == session);

    /// <summary>The session has ended. Its routes stay for a while, in case the router comes back.</summary>
    public void Close(ulong nowNs)
    {
        foreach (var view in Views())
            view.Release(options.Hold is { } hold ? nowNs + Nanoseconds(hold) : null);
        router.Prune();
    }

    private IEnumerable<PeerRib> Views(PeerKey peer)
    {
        foreach (var ribView in RibViews)
        {
            if (router.Find(new ViewKey(peer, ribView)) is { } view && view.NewestOwner <= session)
                yield return view;
        }
    }

    private PeerRib? Claim(PeerView peerView, ulong nowNs)
    {
        var view = router.FindOrAdd(peerView.Header);
        if (view.NewestOwner > session)
            return null;
        if (view.Owner != session)
            view.Claim(session, SweepAt(nowNs));
        view.Header = peerView.Header;
        if (peerView.Index >= _views.Length)
            Array.Resize(ref _views, Math.Max(4, peerView.Index * 2));
        return _views[peerView.Index] = view;
    }

    private ulong SweepAt(ulong nowNs)
    {
        double jitter = Random.Shared.NextDouble() * 2 - 1;
        var after = options.SweepAfter + options.SweepJitter * jitter;
        return nowNs + Nanoseconds(after < TimeSpan.Zero ? TimeSpan.Zero : after);
    }

    private static ulong Nanoseconds(TimeSpan time) => (ulong)time.Ticks * 100;
}
