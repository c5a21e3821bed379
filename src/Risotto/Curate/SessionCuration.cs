using Risotto.Decode;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The views of its router that one session owns: Risotto takes the view's routes from this session and from no other one.
/// <para>
/// A view has an owner as long as any session reports it. The newest session that reports the view owns it. So the bytes that a half-open
/// connection still holds change nothing, and two sessions that report different views do not disturb each other. Risotto leaves out what
/// an older session reports of the view, so that session's table is no longer complete. When the owner ends, Risotto closes the older
/// sessions that reported the view (<see cref="MustClose"/>): their routers connect again and report everything. It holds the routes
/// meanwhile. It does the same when the owner has been silent about the view for a long time after an older session reported it: the
/// router may no longer report the view to the owner. The session that then connects is the newest one, and takes the view over.
/// </para>
/// <para>
/// A table for each session would cost its memory each time, and would still need a rule for half-open connections. If every session
/// counted, a half-open one could overwrite a newer one.
/// </para>
/// The caller holds the gate of the router's shard.
/// </summary>
/// <param name="router">The live routes.</param>
/// <param name="session">The number of the session: newer sessions have higher ones.</param>
/// <param name="options">The times of the curation.</param>
/// <param name="time">Measures them.</param>
/// <param name="counters">The counters of all routers.</param>
internal sealed class SessionCuration(
    RouterRib router, long session, CurationOptions options, RunningTime time, CurationCounters counters)
{
    private static readonly RibView[] RibViews = Enum.GetValues<RibView>();

    private readonly long _session = session;

    // The views that the session has reported, by PeerView.Index.
    private PeerRib?[] _views = [];

    // The time that the router had to wait for us.
    private TimeSpan _waited;
    private TimeSpan? _waitsSince;
    private volatile bool _mustClose;

    public CurationCounters Counters { get; } = counters;

    /// <summary>
    /// The session's clock, which measures the router's silence: it stops while the router waits, because no batch is free.
    /// </summary>
    public TimeSpan Now => (_waitsSince ?? time.Now) - _waited;

    /// <summary>The router waits: what it says about its views has not been read.</summary>
    public bool IsWaiting => _waitsSince is not null;

    /// <summary>When the input that is in work was handed over, by the session's clock.</summary>
    public TimeSpan ReadAt { get; private set; } = time.Now;

    /// <summary>The session is to be closed, so that its router connects again and reports everything. Any thread may ask.</summary>
    public bool MustClose => _mustClose;

    /// <summary>The seed of the attributes' hashes; null: changes of attributes do not count.</summary>
    public ulong? HashSeed(ulong nowNs)
    {
        if (options.PresenceOnly)
            return null;
        // A new seed in each period makes every repeated route look changed once.
        return options.Refresh is { } refresh ? router.Seed ^ nowNs / ((ulong)refresh.Ticks * 100) : router.Seed;
    }

    /// <summary>The session's first message: it takes over the views that no session owns, in case their peers do not come back.</summary>
    public void Open(ushort port)
    {
        router.Port = port;
        router.Add(this);
        // Without a sweep the hold goes on.
        if (options.SweepAfter is null)
            return;
        foreach (var view in router.Views)
        {
            if (view.Owner is null)
                view.Claim(this, SweepAfter());
        }
    }

    /// <summary>No batch is free: the router has to wait.</summary>
    public void Wait() => _waitsSince ??= time.Now;

    /// <summary>The session goes on with its input.</summary>
    public void GoOn()
    {
        var now = time.Now;
        _waited += now - (_waitsSince ?? now);
        _waitsSince = null;
        ReadAt = now - _waited;
    }

    /// <summary>The routes of the view, which the session takes over if it does not own it; null if a newer session reports it.</summary>
    public PeerRib? FindOrClaim(PeerView peerView)
    {
        if (Find(peerView) is not { } view)
            return Claim(peerView);
        view.Heard(ReadAt);
        return view;
    }

    /// <summary>The routes of the view; null if the session does not own it.</summary>
    public PeerRib? Find(PeerView view)
    {
        var views = _views;
        return (uint)view.Index < (uint)views.Length && views[view.Index] is { } known && known.Reporter == this ? known : null;
    }

    /// <summary>The routes that the session reported were left out for a newer session, which is gone or silent.</summary>
    public void RequestClose() => _mustClose = options.ClosesSuperseded;

    /// <summary>Whether the session has reported the view.</summary>
    public bool HasReported(PeerRib view) => Array.Exists(_views, reported => reported is not null && reported.Key == view.Key);

    /// <summary>
    /// The peer is up. The tables that come now begin no new generation: a Peer Up removes no route, and the routes that this session
    /// reported before it stay.
    /// </summary>
    public void PeerUp(in PerPeerHeader header)
    {
        foreach (var view in ViewsOf(header.Peer))
        {
            if (view.Owner is null)
                view.Claim(this, SweepAfter());
            else if (view.Owner == this)
                view.Heard(ReadAt);
        }
    }

    /// <summary>The views of a peer that no newer session reports: a Peer Down ends them.</summary>
    public IEnumerable<PeerRib> ViewsOf(PeerKey peer)
    {
        foreach (var ribView in RibViews)
        {
            if (router.Find(new ViewKey(peer, ribView)) is { } view && !IsOvertaken(view))
                yield return view;
        }
    }

    /// <summary>The views that this session owns and that no other open session has reported.</summary>
    public IEnumerable<PeerRib> ViewsOfItsOwn() => Views().Where(view => !router.IsReportedByOthers(view));

    /// <summary>The session has ended. Its routes stay for a while, in case the router comes back.</summary>
    public void Close()
    {
        router.Remove(this);
        foreach (var view in Views())
        {
            router.CloseOthers(view);
            view.Release(options.Hold is { } hold ? time.Now + hold : null);
        }
        router.Prune();
    }

    private IEnumerable<PeerRib> Views() => router.Views.Where(view => view.Owner == this);

    private PeerRib? Claim(PeerView peerView)
    {
        // Messages that waited for a decision come when the session ends. They may be older than those of the view's last owner.
        if (_mustClose)
            return null;
        var view = router.FindOrAdd(peerView.Header);
        if (peerView.Index >= _views.Length)
            Array.Resize(ref _views, Math.Max(4, peerView.Index * 2));
        _views[peerView.Index] = view;
        if (IsOvertaken(view))
        {
            view.LeaveOut();
            return null;
        }
        if (view.Owner != this)
            view.Claim(this, SweepAfter());
        view.Report(peerView.Header);
        return view;
    }

    private bool IsOvertaken(PeerRib view) => view.Reporter is { } reporter && reporter._session > _session;

    private TimeSpan? SweepAfter()
    {
        double jitter = Random.Shared.NextDouble() * 2 - 1;
        return options.SweepAfter is not { } after ? null
            : after + options.SweepJitter * jitter is { Ticks: > 0 } time ? time
            : TimeSpan.Zero;
    }
}
