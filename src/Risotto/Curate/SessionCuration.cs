using Risotto.Decode;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The views of its router that one session owns: its word about them counts, and that of the router's other sessions does not.
/// <para>
/// A view has an owner as long as any session tells of it. The newest session that tells of the view is the owner, so the bytes that a
/// half-open connection still holds change nothing, and two sessions that tell of different views do not disturb each other. What an
/// older session says about the view is left out, so its table is not complete any more. When the owner ends, the older sessions that
/// told of the view are therefore closed (<see cref="MustTellAgain"/>): their routers connect again and tell everything. The routes are
/// held meanwhile. The same is done when the owner is silent about the view for a long time after an older session has spoken of it: the
/// router may have ceased to tell this session of the view. The session that then comes again is the newest one, and takes the view over.
/// </para>
/// <para>
/// Keeping the table of every session instead would cost the memory of a table for each, and would still need a rule for half-open
/// connections. To take every session's word would let a half-open one overwrite a newer one.
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

    // Those that the session has told of, by PeerView.Index.
    private PeerRib?[] _views = [];

    // The time that the router had to wait for us.
    private TimeSpan _waited;
    private TimeSpan? _waitsSince;
    private volatile bool _mustTellAgain;

    public CurationCounters Counters { get; } = counters;

    /// <summary>
    /// The session's clock, which measures the router's silence: it stands still while the router waits, because no batch is free.
    /// </summary>
    public TimeSpan Now => (_waitsSince ?? time.Now) - _waited;

    /// <summary>The router waits: what it says about its views has not been read.</summary>
    public bool IsWaiting => _waitsSince is not null;

    /// <summary>When the input that is in work was handed over, by the session's clock.</summary>
    public TimeSpan ReadAt { get; private set; } = time.Now;

    /// <summary>The session is to be closed, so that its router connects again and tells everything. Any thread may ask.</summary>
    public bool MustTellAgain => _mustTellAgain;

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

    /// <summary>The routes of the view, which the session takes over if it does not own it; null if a newer session tells of it.</summary>
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
        return (uint)view.Index < (uint)views.Length && views[view.Index] is { } known && known.Teller == this ? known : null;
    }

    /// <summary>What the session said was left out, and the session that was right about it is gone or silent.</summary>
    public void TellAgain() => _mustTellAgain = options.ClosesSuperseded;

    /// <summary>Whether the session has told of the view.</summary>
    public bool HasTold(PeerRib view) => Array.Exists(_views, told => told is not null && told.Key == view.Key);

    /// <summary>
    /// The peer is up. The tables that come now are in no new generation: a Peer Up says of no route that it is gone, and of what this
    /// session said before it nothing is to be withdrawn.
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

    /// <summary>The views of a peer about which the session's word counts: a Peer Down ends them.</summary>
    public IEnumerable<PeerRib> ViewsOf(PeerKey peer)
    {
        foreach (var ribView in RibViews)
        {
            if (router.Find(new ViewKey(peer, ribView)) is { } view && !IsOvertaken(view))
                yield return view;
        }
    }

    /// <summary>The views that this session owns and that no other open session has told of.</summary>
    public IEnumerable<PeerRib> ViewsOfItsOwn() => Views().Where(view => !router.IsToldByOthers(view));

    /// <summary>The session has ended. Its routes stay for a while, in case the router comes back.</summary>
    public void Close()
    {
        router.Remove(this);
        foreach (var view in Views())
        {
            router.TellAgain(view);
            view.Release(options.Hold is { } hold ? time.Now + hold : null);
        }
        router.Prune();
    }

    private IEnumerable<PeerRib> Views() => router.Views.Where(view => view.Owner == this);

    private PeerRib? Claim(PeerView peerView)
    {
        // What waited for a decision comes when the session ends, and may be older than what the view's last owner said.
        if (_mustTellAgain)
            return null;
        var view = router.FindOrAdd(peerView.Header);
        if (peerView.Index >= _views.Length)
            Array.Resize(ref _views, Math.Max(4, peerView.Index * 2));
        _views[peerView.Index] = view;
        if (IsOvertaken(view))
        {
            view.PassOver();
            return null;
        }
        if (view.Owner != this)
            view.Claim(this, SweepAfter());
        view.Tell(peerView.Header);
        return view;
    }

    private bool IsOvertaken(PeerRib view) => view.Teller is { } teller && teller._session > _session;

    private TimeSpan? SweepAfter()
    {
        double jitter = Random.Shared.NextDouble() * 2 - 1;
        return options.SweepAfter is not { } after ? null
            : after + options.SweepJitter * jitter is { Ticks: > 0 } time ? time
            : TimeSpan.Zero;
    }
}
