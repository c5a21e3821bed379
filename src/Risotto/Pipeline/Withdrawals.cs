using Risotto.Curate;
using Risotto.Decode;
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
            if (!TryWithdraw(view, index, family, RouteSearch.All, cause, nowNs, ref room))
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
        if (!TryWithdraw(view, index, family, RouteSearch.Older, cause, nowNs, ref room))
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

    /// <summary>Withdraws the routes of a family that were read with path identifiers, or those that were read without.</summary>
    public bool TryWithdrawMisread(PeerRib view, int index, bool hasPathIds, ulong nowNs)
    {
        int room = MaxOfCall;
        var search = hasPathIds ? RouteSearch.WithPathIds : RouteSearch.WithoutPathIds;
        return view.Family(index) is not { } family
            || TryWithdraw(view, index, family, search, WithdrawCause.PathIds, nowNs, ref room);
    }

    /// <summary>
    /// Withdraws the routes without a path identifier whose prefixes are in a field that has them: the router says the same route with its
    /// identifier from now on. A repeated call goes on where the last one found no batch.
    /// </summary>
    /// <param name="view">The view of the message.</param>
    /// <param name="template">The first bytes of the view's records.</param>
    /// <param name="message">The BGP message.</param>
    /// <param name="field">A field of it with path identifiers.</param>
    /// <param name="nowNs">The time of the records, nanoseconds since 1970 UTC.</param>
    public bool TryReplacePlain(PeerRib view, RecordTemplate template, ReadOnlySpan<byte> message, in NlriField field, ulong nowNs)
    {
        if (view.Family(field.Family.Index) is not { HasPlainRoutes: true } family)
            return true;
        int written = 0, position = field.Start;
        bool isDone = true;
        while (isDone && position < field.End)
        {
            isDone = shard.TryReserve(WithdrawEncoder.MaxSize(template), out var space);
            var route = NlriReader.Identity(message, ref position, field);
            if (!isDone || !family.TryWithdrawPlain(route))
                continue;
            var plain = route with { HasPathId = false, PathId = 0 };
            shard.Commit(WithdrawEncoder.Encode(space, template, field.Family, plain, nowNs, ++router.Sequence), 1);
            written++;
        }
        Count(view, WithdrawCause.PathIds, written);
        return isDone;
    }

    private bool TryWithdraw(PeerRib view, int index, FamilyRib family, RouteSearch search, WithdrawCause cause, ulong nowNs, ref int room)
    {
        var header = new PerPeerHeader(view.Header.ToHeader());
        var template = UpdateTemplate.Build(router.Address, router.Rib!.Port, collector, header);
        int before = room, size = WithdrawEncoder.MaxSize(template);
        bool isDone = true;
        while (family.TryFind(search, out var route))
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
        Count(view, cause, before - room);
        return isDone;
    }

    private void Count(PeerRib view, WithdrawCause cause, int withdraws)
    {
        shard.Account.Synthetic += withdraws;
        counters.CountWithdraws(cause, router.Address, view.Key.Peer, withdraws);
    }
}
