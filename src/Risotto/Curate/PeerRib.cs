using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one peer of one router in one RIB view, the session that owns them, and when routes that are not repeated are
/// withdrawn. It outlives the sessions. Guarded by the gate of the router's shard.
/// </summary>
internal sealed class PeerRib(ViewKey key, RouterRib router)
{
    private readonly FamilyRib?[] _families = new FamilyRib?[AddressFamily.IndexCount];

    public ViewKey Key { get; } = key;

    public RouterRib Router { get; } = router;

    /// <summary>The newest per-peer header of the view; synthetic withdraws have its fields.</summary>
    public PerPeerHeaderKey Header { get; set; }

    /// <summary>The number of the session that sends this view; 0: none at the moment.</summary>
    public long Owner { get; private set; }

    /// <summary>The newest session that ever sent this view. Routes of an older one are ignored.</summary>
    public long NewestOwner { get; private set; }

    /// <summary>
    /// When the routes that were not repeated since the view got its owner are withdrawn; null: never. Nanoseconds since 1970 UTC.
    /// </summary>
    public ulong? SweepAt { get; private set; }

    /// <summary>
    /// When all routes are withdrawn because no session has taken the view over; null: never. Nanoseconds since 1970 UTC.
    /// </summary>
    public ulong? HoldEndsAt { get; private set; }

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

    /// <summary>A session owns this view from now on, and sends its tables from the beginning.</summary>
    public void Claim(long session, ulong sweepAt)
    {
        Owner = session;
        NewestOwner = session;
        HoldEndsAt = null;
        foreach (var (_, family) in Families)
            family.BeginGeneration();
        SweepAt = IsSweepPending ? sweepAt : null;
    }

    /// <summary>The session that owned it has ended.</summary>
    public void Release(ulong? holdEndsAt)
    {
        Owner = 0;
        SweepAt = null;
        HoldEndsAt = holdEndsAt;
    }

    /// <summary>A record of this route may not have reached the topic.</summary>
    public void MarkUnknown(int family, in RouteIdentity route, ulong sweepAt)
    {
        FamilyOrNew(family).MarkUnknown(route);
        if (Owner != 0 && IsSweepPending)
            SweepAt ??= sweepAt;
    }

    /// <summary>The older routes of a family are withdrawn.</summary>
    public void EndSweep(FamilyRib family)
    {
        family.EndSweep();
        if (!IsSweepPending)
            SweepAt = null;
    }
}
