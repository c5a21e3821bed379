using Risotto.Decode;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// What one session has to do with its router's live routes: which views it tells of. A view belongs to the newest session
/// that told of it, so the octets that a half-open connection still holds change nothing any more. The caller holds the gate of
/// the router's shard.
/// </summary>
/// <param name="router">The live routes.</param>
/// <param name="session">The session's number: newer sessions have higher ones.</param>
/// <param name="options">Times.</param>
/// <param name="counters">Of all routers.</param>
internal sealed class SessionCuration(RouterRib router, long session, CurationOptions options, CurationCounters counters)
{
    private static readonly RibView[] RibViews = Enum.GetValues<RibView>();

    // By PeerView.Index.
    private ViewRib?[] _views = [];

    public CurationCounters Counters { get; } = counters;

    /// <summary>Of the hashes of attributes; null: changes of attributes do not count.</summary>
    public ulong? HashSeed(ulong nowNs)
    {
        if (options.PresenceOnly)
            return null;
        // With another seed every repeat looks like a change, once in each period.
        return options.Refresh is { } refresh ? router.Seed ^ nowNs / Nanoseconds(refresh) : router.Seed;
    }

    /// <summary>The session's first message: the views that no session tells of are its own from now on.</summary>
    public void Open(ushort port, ulong nowNs)
    {
        router.Port = port;
        foreach (var view in router.Views)
        {
            if (view.Owner == 0)
                view.Claim(session, SweepAt(nowNs));
        }
    }

    /// <summary>The routes of the view; null where a newer session tells of it.</summary>
    public ViewRib? Of(PeerView view, ulong nowNs) => Known(view) ?? FindOther(view, nowNs);

    /// <summary>The routes of the view, where the session tells of them already.</summary>
    public ViewRib? Known(PeerView view)
    {
        var views = _views;
        return (uint)view.Index < (uint)views.Length && views[view.Index] is { } known && known.Owner == session ? known : null;
    }

    /// <summary>The router tells the tables of this peer anew.</summary>
    public void PeerUp(in PerPeerHeader header, ulong nowNs)
    {
        foreach (var view in Views(header))
            view.Claim(session, SweepAt(nowNs));
    }

    /// <summary>The views of a peer that this session tells of, or that none does.</summary>
    public IEnumerable<ViewRib> Views(in PerPeerHeader header) => Views(new PeerId(header.PeerType, header.Distinguisher, header.Address));

    /// <summary>All views that this session tells of.</summary>
    public IEnumerable<ViewRib> Views() => router.Views.Where(view => view.Owner == session);

    /// <summary>The session has ended: its routes stay for a while, in case the router comes back.</summary>
    public void Close(ulong nowNs)
    {
        foreach (var view in Views())
            view.Release(options.Hold is { } hold ? nowNs + Nanoseconds(hold) : null);
        router.Prune();
    }

    private IEnumerable<ViewRib> Views(PeerId peer)
    {
        foreach (var ribView in RibViews)
        {
            if (router.Find(new PeerIdentity(peer, ribView)) is { } view && view.NewestOwner <= session)
                yield return view;
        }
    }

    private ViewRib? FindOther(PeerView peerView, ulong nowNs)
    {
        var view = router.View(peerView.Header);
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
