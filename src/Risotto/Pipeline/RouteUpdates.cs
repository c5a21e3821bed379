using System.Numerics;
using System.Runtime.CompilerServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// Takes the UPDATEs of Route Monitoring: decode -> (wait for the ADD-PATH decision) -> curate -> encode -> batch. A call that returns
/// false found no free batch: it is to be repeated with the same message, and goes on where it stopped.
/// </summary>
internal sealed class RouteUpdates(
    RouterState router, ShardWriter shard, UpdateTemplates templates, PeerEvents events, SessionCounters counters,
    SessionCuration? curation, Withdrawals? withdrawals)
{
    private readonly UpdateInProgress _current = new();
    private readonly AddPathHold _hold = new(counters);

    // Those of the current view.
    private RecordTemplate _template = null!;
    private PeerCounters _peer = null!;

    /// <summary>Some peer's messages wait for a decision: <see cref="SettleDue"/> is to be called from time to time.</summary>
    public bool IsHolding => _hold.IsHolding;

    /// <summary>The number of the view's UPDATEs that wait for a decision.</summary>
    public int Waiting(PeerView view) => _hold.Waiting(view);

    /// <summary>Takes one UPDATE.</summary>
    /// <param name="bmp">The whole BMP message.</param>
    /// <param name="offset">Where the BGP message is in it.</param>
    /// <param name="length">Of the BGP message.</param>
    /// <param name="view">The view of its per-peer header.</param>
    /// <param name="receivedNs">When it was read, nanoseconds since 1970 UTC.</param>
    /// <param name="bmpHeaderNs">The time of the per-peer header.</param>
    /// <param name="error">Valid when true is returned.</param>
    public bool TryTake(
        ReadOnlySpan<byte> bmp, int offset, int length, PeerView view, ulong receivedNs, ulong bmpHeaderNs, out BmpError error)
    {
        error = default;
        var bgp = bmp.Slice(offset, length);
        if (_current.Phase == UpdatePhase.None)
        {
            UpdateDecoder.Decode(bgp, offset, view, _current.Update, UpdatePart.Whole);
            if (_current.Update.IsDoubtful || _hold.Holds(view))
            {
                if (_hold.TryHold(bmp, bgp, _current.Update, view, receivedNs))
                    return true;
                UpdateDecoder.Decode(bgp, offset, view, _current.Update, UpdatePart.Whole);
            }
            Begin(view, receivedNs, bmpHeaderNs, isHeld: false);
        }
        if (!TryEmit(bgp))
            return false;
        error = _current.Error;
        _current.Phase = UpdatePhase.None;
        return true;
    }

    /// <summary>
    /// Takes the messages whose wait is over; false when it has to go on later. While a message of the stream is in a batch in part,
    /// its rest comes first.
    /// </summary>
    public bool TryDrain()
    {
        if (_current.Phase != UpdatePhase.None && !_current.IsHeld)
            return true;
        while (_hold.TryPeek(out var view, out var bmp, out ulong receivedNs))
        {
            if (view.Misread != 0 && !TryWithdrawMisread(view, receivedNs))
                return false;
            BgpMessageHeader.TryRead(bmp[PerPeerHeader.End..], PerPeerHeader.End, out var bgp, out _, out _);
            if (_current.Phase == UpdatePhase.None)
            {
                UpdateDecoder.Decode(bgp, PerPeerHeader.End, view, _current.Update, UpdatePart.Whole);
                Begin(view, receivedNs, new PerPeerHeader(bmp[PerPeerHeader.Offset..]).TimestampNs, isHeld: true);
            }
            if (!TryEmit(bgp))
                return false;
            if (_current.Error.IsError)
            {
                if (!events.TryMalformed(_current.Error, bmp, receivedNs))
                    return false;
                counters.Count(_current.Error.Code);
            }
            _current.Phase = UpdatePhase.None;
            _hold.Remove();
        }
        return true;
    }

    /// <summary>Ends the wait of the views that have waited too long.</summary>
    public void SettleDue(ulong nowNs) => _hold.SettleDue(nowNs);

    /// <summary>Ends the wait of one peer's views, or of all.</summary>
    public void Settle(Peer? peer) => _hold.Settle(peer);

    /// <summary>The stream has ended: gives up its message of which only a part found room. Messages that were held still go on.</summary>
    public void Abandon()
    {
        if (!_current.IsHeld)
            GiveUp();
    }

    /// <summary>Counts the prefixes of the current message that found no room as lost.</summary>
    public void GiveUp()
    {
        int rest = _current.GiveUp();
        if (rest > 0)
            shard.Account.Drop(RecordState.Input, "session_aborted", rest);
    }

    private void Begin(PeerView view, ulong receivedNs, ulong bmpHeaderNs, bool isHeld)
    {
        if (view != _current.View)
            (_template, _peer) = (templates.Find(view), counters[view.Peer]);
        _current.Begin(view, receivedNs, bmpHeaderNs, isHeld);
        if (!_current.Update.HasMore)
            Count();
    }

    private void Count()
    {
        _peer.RoutesReceived += _current.Prefixes;
        counters.CountUpdate(_current.Update);
        shard.Account.Decoded += _current.Prefixes;
    }

    // The records of routes that were read in the wrong way are withdrawn before the messages that showed it are read in the right one.
    private bool TryWithdrawMisread(PeerView view, ulong nowNs)
    {
        var rib = curation?.FindOrClaim(view);
        for (int families = view.Misread; rib is not null && families != 0; families &= families - 1)
        {
            int family = BitOperations.TrailingZeroCount(families);
            if (!withdrawals!.TryWithdrawMisread(rib, family, !view.AddPath[family].HasPathIds, nowNs))
                return false;
        }
        view.Misread = 0;
        return true;
    }

    private bool TryEmit(ReadOnlySpan<byte> bgp)
    {
        while (TryEmitFields(bgp))
        {
            if (_current.Part.IsWhole && !_current.Update.HasMore || !TryBeginNext(bgp))
                return true;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryBeginNext(ReadOnlySpan<byte> bgp)
    {
        if (_current.Part.Next(_current.Update.HasMore) is not { } part)
            return false;
        UpdateDecoder.Decode(bgp, PerPeerHeader.End, _current.View, _current.Update, part);
        _current.Begin(part);
        Count();
        return true;
    }

    private bool TryEmitFields(ReadOnlySpan<byte> bgp)
    {
        if (_current.Phase == UpdatePhase.Append)
        {
            if (_current.Prefixes > 0 && !TryAppend(bgp))
                return false;
            _current.Phase = UpdatePhase.Sweep;
        }
        if (_current.Phase == UpdatePhase.Sweep)
        {
            if (_current.Update.IsEndOfRib && curation is not null && !TrySweep())
                return false;
            _current.Phase = UpdatePhase.Report;
        }
        return true;
    }

    private bool TryAppend(ReadOnlySpan<byte> bgp)
    {
        if (curation is null)
            return TryAppend(bgp, new Always());
        if (curation.FindOrClaim(_current.View) is { } rib)
            return TryReplacePlain(bgp, rib) && TryAppend(bgp, new Curated(rib, curation.HashSeed(_current.Update.ReceivedNs)));
        int superseded = _current.Prefixes - _current.Counts.Done;
        _current.Counts.Superseded = superseded;
        _current.Counts.Done = _current.Prefixes;
        counters.Superseded += superseded;
        shard.Account.Drop(RecordState.Input, "superseded", superseded);
        return true;
    }

    private bool TryAppend<TVerdict>(ReadOnlySpan<byte> bgp, TVerdict verdict)
        where TVerdict : struct, IPrefixVerdict
    {
        var before = _current.Counts;
        var appender = new UpdateAppender<TVerdict>(shard, bgp, _current.Update, _template, verdict);
        bool isWhole = appender.TryAppend(ref _current.Counts, ref router.Sequence);
        _peer.RecordsEmitted += _current.Counts.Emitted - before.Emitted;
        if (!TVerdict.PassesAll)
            CountLeftOut(_current.Counts.Suppressed - before.Suppressed, _current.Counts.Refused - before.Refused);
        return isWhole;
    }

    private bool TryReplacePlain(ReadOnlySpan<byte> bgp, PeerRib rib)
    {
        for (int fields = _current.Update.PresentFields; fields != 0; fields &= fields - 1)
        {
            ref readonly var field = ref _current.Update.Fields[BitOperations.TrailingZeroCount(fields)];
            if (field.HasPathIds && !withdrawals!.TryReplacePlain(rib, _template, bgp, field, _current.Update.ReceivedNs))
                return false;
        }
        return true;
    }

    private void CountLeftOut(int suppressed, int refused)
    {
        counters.Suppressed += suppressed;
        shard.Account.Suppressed += suppressed;
        if (refused == 0)
            return;
        counters.Refused += refused;
        shard.Account.Drop(RecordState.Input, "curation_max_routes", refused);
    }

    // The router has sent the whole table of a family: the routes that it did not repeat are gone.
    private bool TrySweep()
    {
        var family = _current.Update.HasMpUnreach ? _current.Update.Unreach.Family : AddressFamily.Ipv4Unicast;
        return family.Index < 0 || curation!.FindOrClaim(_current.View) is not { } rib
            || withdrawals!.TrySweep(rib, family.Index, WithdrawCause.EndOfRib, _current.Update.ReceivedNs);
    }
}
