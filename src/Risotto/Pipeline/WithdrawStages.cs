using Risotto.Curate;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// The way of synthetic withdraws of one router: state -> encode -> batch. Each call does a bounded part of the work and is
/// to be repeated while it returns false: a peer with a million routes does not hold up the other routers of its shard. The
/// caller holds the gate of the router's shard.
/// </summary>
internal sealed class WithdrawStages(RouterState router, ShardWriter shard, CollectorIdentity collector, CurationCounters counters)
{
    // Well below a millisecond.
    private const int MostOfACall = 4096;

    /// <summary>Withdraws all routes of a view.</summary>
    public bool TryWithdraw(ViewRib view, WithdrawCause cause, ulong nowNs)
    {
        int room = MostOfACall;
        foreach (var (index, family) in view.Families)
        {
            if (!TryWithdraw(view, index, family, all: true, cause, nowNs, ref room))
                return false;
            view.EndSweep(family);
        }
        return true;
    }

    /// <summary>Withdraws what a view's family holds of an older generation.</summary>
    public bool TrySweep(ViewRib view, int index, WithdrawCause cause, ulong nowNs)
    {
        var family = view.Family(index);
        int room = MostOfACall;
        if (!family.IsSweepPending)
            return true;
        if (!TryWithdraw(view, index, family, all: false, cause, nowNs, ref room))
            return false;
        view.EndSweep(family);
        counters.CountSweep(cause);
        return true;
    }

    /// <summary>Sweeps all families of a view.</summary>
    public bool TrySweep(ViewRib view, WithdrawCause cause, ulong nowNs)
    {
        foreach (var (index, _) in view.Families)
        {
            if (!TrySweep(view, index, cause, nowNs))
                return false;
        }
        return true;
    }

    private bool TryWithdraw(ViewRib view, int index, FamilyRib family, bool all, WithdrawCause cause, ulong nowNs, ref int room)
    {
        var header = new PerPeerHeader(view.Header.ToHeader());
        var template = UpdateTemplate.Build(router.Address, router.Rib!.Port, collector, header);
        var appender = new WithdrawAppender(shard, template, AddressFamily.Of(index), nowNs);
        int before = room;
        bool isRoom = true;
        while (family.TryFind(all, out var route))
        {
            if (room == 0 || !appender.TryAppend(route, ref router.Sequence))
            {
                family.LeaveSearch();
                isRoom = false;
                break;
            }
            family.Remove();
            room--;
        }
        shard.Account.Synthetic += before - room;
        view.Synthetic += before - room;
        counters.CountWithdraws(cause, before - room);
        return isRoom;
    }
}
