using Risotto.Curate;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// Writes the synthetic withdraws of one router: curate -> encode -> batch. A call does a bounded part of the work and is to be repeated
/// while it returns false, so that a peer with a million routes does not hold up the other routers of its shard. The caller holds the
/// gate of the router's shard.
/// </summary>
internal sealed class Withdrawals(RouterState router, ShardWriter shard, CollectorIdentity collector, CurationCounters counters)
{
    // They take far less than a millisecond.
    private const int MaxOfCall = 4096;

    /// <summary>Withdraws all routes of a view.</summary>
    public bool TryWithdraw(PeerRib view, WithdrawCause cause, ulong nowNs)
    {
        int room = MaxOfCall;
        foreach (var (index, family) in view.Families)
        {
            if (!TryWithdraw(view, index, family, all: true, cause, nowNs, ref room))
                return false;
            view.EndSweep(family);
        }
        return true;
    }

    /// <summary>Withdraws the routes of an older generation in one family of a view.</summary>
    public bool TrySweep(PeerRib view, int index, WithdrawCause cause, ulong nowNs)
    {
        int room = MaxOfCall;
        if (view.Family(index) is not { IsSweepPending: true } family)
            return true;
        if (!TryWithdraw(view, index, family, all: false, cause, nowNs, ref room))
            return false;
        view.EndSweep(family);
        counters.CountSweep(cause, router.Address);
        return true;
    }

    /// <summary>Sweeps all families of a view.</summary>
    public bool TrySweep(PeerRib view, WithdrawCause cause, ulong nowNs)
    {
        foreach (var (index, _) in view.Families)
        {
            if (!TrySweep(view, index, cause, nowNs))
                return false;
        }
        return true;
    }

    private bool TryWithdraw(PeerRib view, int index, FamilyRib family, bool all, WithdrawCause cause, ulong nowNs, ref int room)
    {
        var header = new PerPeerHeader(view.Header.ToHeader());
        var template = UpdateTemplate.Build(router.Address, router.Rib!.Port, collector, header);
        int before = room, size = WithdrawEncoder.MaxSize(template);
        bool isDone = true;
        while (family.TryFind(all, out var route))
        {
            if (room == 0 || !shard.TryReserve(size, out var space))
            {
                family.LeaveSearch();
                isDone = false;
                break;
            }
            shard.Commit(WithdrawEncoder.Encode(space, template, AddressFamily.FromIndex(index), route, nowNs, ++router.Sequence), 1);
            family.Remove();
            room--;
        }
        shard.Account.Synthetic += before - room;
        counters.CountWithdraws(cause, router.Address, view.Key.Peer, before - room);
        return isDone;
    }
}
