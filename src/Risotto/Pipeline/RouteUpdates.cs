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

    /// <summary>Takes one UPDATE.</summary>
    /// <param name="bmp">The whole BMP message.</param>
    /// <param name="bgp">The BGP message in it.</param>
    /// <param name="view">The view of its per-peer header.</param>
    /// <param name="receivedNs">When it was read, nanoseconds since 1970 UTC.</param>
    /// <param name="bmpHeaderNs">The time of the per-peer header.</param>
    /// <param name="error">Valid when true is returned.</param>
    public bool TryTake(
        ReadOnlySpan<byte> bmp, ReadOnlySpan<byte> bgp, PeerView view, ulong receivedNs, ulong bmpHeaderNs, out BmpError error)
    {
        error = default;
        if (_current.Phase == UpdatePhase.None)
        {
            UpdateDecoder.Decode(bgp, PerPeerHeader.End, view, _current.Update);
            if (_current.Update.IsDoubtful || _hold.Holds(view))
            {
                if (_hold.TryHold(bmp, bgp, _current.Update, view, receivedNs))
                    return true;
                UpdateDecoder.Decode(bgp, PerPeerHeader.End, view, _current.Update);
            }
            Begin(view, receivedNs, bmpHeaderNs, isHeld: false);
        }
        error = _current.Update.Error;
        if (!TryEmit(bgp))
            return false;
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
            BgpMessageHeader.TryRead(bmp[PerPeerHeader.End..], PerPeerHeader.End, out var bgp, out _, out _);
            if (_current.Phase == UpdatePhase.None)
            {
                UpdateDecoder.Decode(bgp, PerPeerHeader.End, view, _current.Update);
                Begin(view, receivedNs, new PerPeerHeader(bmp[PerPeerHeader.Offset..]).TimestampNs, isHeld: true);
            }
            if (!TryEmit(bgp))
                return false;
            if (_current.Update.Error.IsError && !events.TryMalformed(_current.Update.Error, bmp, receivedNs))
                return false;
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
        _peer.RoutesReceived += _current.Prefixes;
        counters.CountUpdate(_current.Update);
        shard.Account.Decoded += _current.Prefixes;
    }

    private bool TryEmit(ReadOnlySpan<byte> bgp)
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
            return TryAppend(bgp, new Curated(rib, curation.HashSeed(_current.ReceivedNs)));
        int superseded = _current.Prefixes - _current.Counts.Done;
        _current.Counts.Superseded = superseded;
        counters.Superseded += superseded;
        shard.Account.Drop(RecordState.Input, "superseded", superseded);
        return true;
    }

    // A method of its own in machine code too: a frame that is as large as all of the callers' costs a few per cent.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAppend<TVerdict>(ReadOnlySpan<byte> bgp, TVerdict verdict)
        where TVerdict : struct, IPrefixVerdict
    {
        var before = _current.Counts;
        var appender = new UpdateAppender<TVerdict>(
            shard, bgp, _current.Update, _template, verdict, _current.ReceivedNs, _current.BmpHeaderNs);
        bool isWhole = appender.TryAppend(ref _current.Counts, ref router.Sequence);
        _peer.RecordsEmitted += _current.Counts.Emitted - before.Emitted;
        if (!TVerdict.PassesAll)
            CountLeftOut(_current.Counts.Suppressed - before.Suppressed, _current.Counts.Refused - before.Refused);
        return isWhole;
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
            || withdrawals!.TrySweep(rib, family.Index, WithdrawCause.EndOfRib, _current.ReceivedNs);
    }
}
