using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one peer of one router in one RIB view, the session that owns them, and when routes that are not repeated are
/// withdrawn. It outlives the sessions. Guarded by the gate of the router's shard.
/// </summary>
internal sealed class PeerRib(ViewKey key, RouterRib router)
{
    // Of a peer that is never silent: so many times SweepAfter without any older route repeated means that no more will be.
    private const int BusySweeps = 10;

    private readonly FamilyRib?[] _families = new FamilyRib?[AddressFamily.IndexCount];

    // Nothing of another session was left out since the owner last reported the view.
    private static readonly TimeSpan Never = TimeSpan.MaxValue;

    // The time, by the owner's clock, when a report of another session was first left out since the owner last reported the view.
    private TimeSpan _leftOutAt = Never;

    // The times, by the owner's clock, when the owner last reported something, and when it last repeated an older route.
    private TimeSpan _heardAt, _renewedAt;
    private long _renewals;

    public ViewKey Key { get; } = key;

    public RouterRib Router { get; } = router;

    /// <summary>The newest per-peer header of the view; synthetic withdraws have its fields.</summary>
    public PerPeerHeaderKey Header { get; set; }

    /// <summary>The session that this view is taken from; null: none at the moment.</summary>
    public SessionCuration? Owner { get; private set; }

    /// <summary>The owner, if it has sent routes of this view. If it has not, any other session may take the view over.</summary>
    public SessionCuration? Reporter { get; private set; }

    /// <summary>
    /// How long the owner may be silent about this view before the routes that it has not repeated are withdrawn; null: for ever, or
    /// there are none.
    /// </summary>
    public TimeSpan? SweepAfter { get; private set; }

    /// <summary>
    /// When all routes are withdrawn because no session has taken the view over, as <see cref="RunningTime"/>; null: never.
    /// </summary>
    public TimeSpan? HoldEndsAt { get; private set; }

    public long Routes => _families.Sum(family => family?.Routes ?? 0);

    public long Bytes => _families.Sum(family => family?.Bytes ?? 0);

    public bool IsSweepPending => _families.Any(family => family is { IsSweepPending: true });

    public bool NeedsTrim => _families.Any(family => family is { NeedsTrim: true });

    /// <summary>Gives memory back, a bounded amount of work in each call. True: nothing more to do.</summary>
    public bool Trim() => Array.TrueForAll(_families, static family => family is not { NeedsTrim: true } || family.Trim());

    /// <summary>Forgets all routes.</summary>
    public void Clear()
    {
        foreach (var (_, family) in Families)
            family.Clear();
    }

    /// <summary>The family with this <see cref="AddressFamily.Index"/>, made when it is new.</summary>
    public FamilyRib FamilyOrNew(int index) =>
        _families[index] ??= new FamilyRib(AddressFamily.FromIndex(index), Router.Seed, Router.Count);

    /// <summary>The family with this <see cref="AddressFamily.Index"/>; null: it has had no route yet.</summary>
    public FamilyRib? Family(int index) => _families[index];

    /// <summary>The families that have had routes.</summary>
    public IEnumerable<(int Index, FamilyRib Rib)> Families =>
        _families.Select((rib, index) => (index, rib)).Where(family => family.rib is not null)!;

    /// <summary>
    /// A session owns this view from now on. The routes that it does not report are withdrawn when it has been silent for a while.
    /// </summary>
    /// <param name="session">The new owner.</param>
    /// <param name="sweepAfter">How long; null: until an End-of-RIB comes.</param>
    public void Claim(SessionCuration session, TimeSpan? sweepAfter)
    {
        Owner = session;
        Reporter = null;
        HoldEndsAt = null;
        Heard(session.ReadAt);
        foreach (var (_, family) in Families)
            family.BeginGeneration();
        SweepAfter = IsSweepPending ? sweepAfter : null;
        _renewedAt = session.ReadAt;
    }

    /// <summary>The owner has begun to report the view.</summary>
    public void Report(in PerPeerHeaderKey header)
    {
        Reporter = Owner;
        Header = header;
        Heard(Owner!.ReadAt);
    }

    /// <summary>The owner has reported something of the view: its silence starts from zero.</summary>
    /// <param name="at">When, by the owner's clock.</param>
    public void Heard(TimeSpan at)
    {
        _heardAt = at;
        _leftOutAt = Never;
    }

    /// <summary>
    /// The routes that the owner has not repeated are to be withdrawn: it has been silent about the view for long. Where it is never
    /// silent, because routes change all the time, it has repeated none for very long. To be asked once a second.
    /// </summary>
    public bool IsSweepDue()
    {
        if (SweepAfter is not { } time || Owner is not { IsWaiting: false } owner)
            return false;
        var now = owner.Now;
        long renewals = _families.Sum(family => family?.Renewals ?? 0);
        if (renewals != _renewals)
            (_renewals, _renewedAt) = (renewals, now);
        return now - _heardAt >= time || now - _renewedAt >= BusySweeps * time;
    }

    /// <summary>Another session has reported something of the view, which is left out.</summary>
    public void LeaveOut()
    {
        if (_leftOutAt == Never)
            _leftOutAt = Owner!.Now;
    }

    /// <summary>
    /// Another session reports the view, and the owner has been silent about it for so long since then. True once: to be followed by
    /// <see cref="RouterRib.CloseOthers"/>.
    /// </summary>
    public bool TakeOwnerIsSilent(TimeSpan time)
    {
        if (_leftOutAt == Never || Owner!.Now - _leftOutAt < time)
            return false;
        _leftOutAt = Never;
        return true;
    }

    /// <summary>No session owns the view any more.</summary>
    public void Release(TimeSpan? holdEndsAt)
    {
        Owner = Reporter = null;
        SweepAfter = null;
        _leftOutAt = Never;
        HoldEndsAt = holdEndsAt;
    }

    /// <summary>A record of this route may not have reached the topic.</summary>
    /// <param name="family">The <see cref="AddressFamily.Index"/> of the route.</param>
    /// <param name="route">The route.</param>
    /// <param name="sweepAfter">How long the owner has to repeat it.</param>
    public void MarkUnknown(int family, in RouteIdentity route, TimeSpan sweepAfter)
    {
        bool wasPending = IsSweepPending;
        FamilyOrNew(family).MarkUnknown(route);
        if (Owner is null || wasPending || !IsSweepPending)
            return;
        SweepAfter = sweepAfter;
        _heardAt = _renewedAt = Owner.Now;
    }

    /// <summary>The older routes of a family are withdrawn.</summary>
    public void EndSweep(FamilyRib family)
    {
        family.EndSweep();
        if (!IsSweepPending)
            SweepAfter = null;
    }
}
