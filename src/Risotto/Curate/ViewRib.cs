using System.Runtime.InteropServices;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;

namespace Risotto.Curate;

/// <summary>
/// One peer of one router in one RIB view, whatever session tells of it: its live routes, whose they are, and when those that
/// nobody repeats are to go. Guarded by the gate of the router's shard.
/// </summary>
internal sealed class ViewRib(PeerIdentity id, RouterRib router)
{
    private readonly FamilyRib?[] _families = new FamilyRib?[AddressFamily.IndexCount];

    public PeerIdentity Id { get; } = id;

    /// <summary>The peer's address as a metric label, in its own family.</summary>
    public string Label { get; } = id.Peer.Address.ToString();

    public RouterRib Router { get; } = router;

    /// <summary>The newest per-peer header of the view: what synthetic withdraws say of the peer.</summary>
    public PerPeerHeaderKey Header { get; set; }

    /// <summary>The session that tells of this view: its number; 0: none at the moment.</summary>
    public long Owner { get; private set; }

    /// <summary>The newest session that ever told of this view. What an older one says does not count any more.</summary>
    public long NewestOwner { get; private set; }

    /// <summary>When the routes go that were not repeated since the view got its owner; null: never. Nanoseconds since 1970 UTC.</summary>
    public ulong? SweepAt { get; private set; }

    /// <summary>When all routes go because no session has taken the view over; null: never. Nanoseconds since 1970 UTC.</summary>
    public ulong? HoldEndsAt { get; private set; }

    /// <summary>Synthetic withdraws so far.</summary>
    public long Synthetic { get; set; }

    public long Routes => _families.Sum(family => family?.Routes ?? 0);

    public long Bytes => _families.Sum(family => family?.Bytes ?? 0);

    public bool IsSweepPending => _families.Any(family => family is { IsSweepPending: true });

    public bool NeedsTrim => _families.Any(family => family is { NeedsTrim: true });

    /// <summary>Gives memory back, a bounded amount of work a call; true: nothing more to do.</summary>
    public bool Trim() => Array.TrueForAll(_families, static family => family is not { NeedsTrim: true } || family.Trim());

    /// <summary>Forgets all routes.</summary>
    public void Clear()
    {
        foreach (var (_, family) in Families)
            family.Clear();
    }

    /// <summary>By <see cref="AddressFamily.Index"/>; made when it is first asked for.</summary>
    public FamilyRib Family(int index) => _families[index] ??= new FamilyRib(Router.Seed, Router.Count);

    /// <summary>Null: it was not asked for yet.</summary>
    public FamilyRib? Known(int index) => _families[index];

    /// <summary>The families that are there.</summary>
    public IEnumerable<(int Index, FamilyRib Rib)> Families =>
        _families.Select((rib, index) => (index, rib)).Where(family => family.rib is not null)!;

    /// <summary>A session tells of this view from now on, from the beginning of its tables.</summary>
    public void Claim(long session, ulong sweepAt)
    {
        Owner = session;
        NewestOwner = session;
        HoldEndsAt = null;
        foreach (var (_, family) in Families)
            family.BeginGeneration();
        SweepAt = IsSweepPending ? sweepAt : null;
    }

    /// <summary>The session that told of it has ended.</summary>
    public void Release(ulong? holdEndsAt)
    {
        Owner = 0;
        SweepAt = null;
        HoldEndsAt = holdEndsAt;
    }

    /// <summary>A record of this route may not have got through.</summary>
    public void MarkUnknown(int family, in RouteIdentity route, ulong sweepAt)
    {
        Family(family).MarkUnknown(AddressFamily.Of(family), route);
        if (Owner != 0 && IsSweepPending)
            SweepAt ??= sweepAt;
    }

    /// <summary>A family's older routes are withdrawn.</summary>
    public void EndSweep(FamilyRib family)
    {
        family.EndSweep();
        if (!IsSweepPending)
            SweepAt = null;
    }
}

/// <summary>What tells the views of one router apart: RFC 7854 4.2's peer type, distinguisher and address, and the RIB view.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PeerIdentity(Decode.PeerId Peer, RibView View);
