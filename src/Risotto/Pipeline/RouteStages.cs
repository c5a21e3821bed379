using System.Runtime.CompilerServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Risotto.Telemetry;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// Route Monitoring's way: decode -> (wait until path identifiers are decided) -> curate -> encode -> batch. A call that returns false
/// found no free batch: repeated with the same message it goes on where it stopped.
/// </summary>
internal sealed class RouteStages(
    RouterState router, ShardWriter shard, EventStages events, RouterCounters counters, SessionCuration? curation, WithdrawStages? withdraws)
{
    /// <summary>Where the BGP message stands in a Route Monitoring message.</summary>
    public const int BgpOffset = BmpFramer.HeaderLength + PerPeerHeader.Length;

    private const int None = -1;

    private readonly DecodedUpdate _update = new();
    private readonly List<PeerView> _holding = [];
    private bool _isDecoded, _isAppended, _isReady;
    private int _done, _heldBytes;
    private CuratedCount _curated;

    // Index in _holding of the view whose messages are coming out and have not all found room.
    private int _draining = None;

    /// <summary>Some peer's messages wait: <see cref="SettleDue"/> is to be called from time to time.</summary>
    public bool IsHolding => _holding.Count > 0;

    /// <summary>Takes one UPDATE. <paramref name="bmp"/> is the whole BMP message, <paramref name="bgp"/> the BGP message in it.</summary>
    public bool TryTake(
        ReadOnlySpan<byte> bmp, ReadOnlySpan<byte> bgp, PeerView view, ulong receivedNs, ulong bmpHeaderNs, out BmpError error)
    {
        error = default;
        if (!_isDecoded)
        {
            UpdateDecoder.Decode(bgp, BgpOffset, view, _update);
            if (_update.IsDoubtful || view.Held is not null)
            {
                int undecided = Vote(bgp, view);
                if (undecided != 0 || view.Held is not null)
                {
                    Hold(bmp, view, receivedNs, undecided);
                    return true;
                }
                UpdateDecoder.Decode(bgp, BgpOffset, view, _update);
            }
        }
        error = _update.Error;
        return TryAppend(bgp, view, receivedNs, bmpHeaderNs);
    }

    /// <summary>
    /// Emits what the views wait with whose decision is there; false when it has to go on later. Where a message of the stream
    /// is in a batch in part, its rest comes first.
    /// </summary>
    public bool TryDrain()
    {
        bool isStreamMessageOpen = _isDecoded && _draining == None;
        if (!_isReady || isStreamMessageOpen)
            return true;
        if (_draining != None && !TryDrain(_draining))
            return false;
        for (int i = _holding.Count - 1; i >= 0; i--)
        {
            if (IsReady(_holding[i]) && !TryDrain(i))
                return false;
        }
        _isReady = false;
        return true;
    }

    /// <summary>The stream has ended: gives up its message of which only a part found room. Messages that were held can still go on.</summary>
    public void Abandon()
    {
        if (_draining == None)
            GiveUp();
    }

    /// <summary>Counts as lost what a message that has found room for a part still has to emit.</summary>
    public void GiveUp()
    {
        int rest = _update.Prefixes - _done;
        if (_isDecoded && _update.Action < BmpErrorAction.SkipMessage && rest > 0)
            shard.Account.Drop(RecordState.Input, "session_aborted", rest);
        _isDecoded = false;
    }

    /// <summary>Ends the wait of the views that have waited too long.</summary>
    public void SettleDue(ulong nowNs)
    {
        foreach (var view in _holding)
        {
            if (nowNs > view.Held!.Since + HeldMessages.MaxWaitNs)
                Settle(view);
        }
    }

    /// <summary>Ends the wait of one peer's views, or of all.</summary>
    public void Settle(Peer? peer)
    {
        foreach (var view in _holding)
        {
            if (peer is null || view.Peer == peer)
                Settle(view);
        }
    }

    private static bool IsReady(PeerView view)
    {
        if (view.Held!.IsFull)
            return true;
        for (int family = 0; family < AddressFamily.IndexCount; family++)
        {
            if ((view.Held.Families >> family & 1) != 0 && !view.AddPath[family].IsDecided)
                return false;
        }
        return true;
    }

    private void Settle(PeerView view)
    {
        _isReady = true;
        for (int family = 0; family < AddressFamily.IndexCount; family++)
        {
            if ((view.Held!.Families >> family & 1) != 0)
                Decide(ref view.AddPath[family]);
        }
    }

    private void Decide(ref AddPathDecision decision)
    {
        if (decision.IsDecided)
            return;
        decision.Decide();
        counters.AddPathMismatches += decision.IsMismatch ? 1 : 0;
    }

    // Collects the evidence of the message's fields; returns the families that are still open, by index.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Vote(ReadOnlySpan<byte> bgp, PeerView view)
    {
        int undecided = 0;
        for (int index = 0; index < DecodedUpdate.FieldCount; index++)
        {
            if (!_update.HasField(index))
                continue;
            ref readonly var field = ref _update.Fields[index];
            ref var decision = ref view.AddPath[field.Family.Index];
            var evidence = AddPathDecision.Evidence(bgp, field.Start, field.End, field.Family);
            if (decision.IsDecided)
            {
                if (evidence == (decision.HasPathIds ? AddPathEvidence.WithoutPathIds : AddPathEvidence.WithPathIds))
                    decision.Reopen();
                else
                    continue;
            }
            decision.Vote(evidence);
            if (!decision.IsDecided)
                undecided |= 1 << field.Family.Index;
            else
                counters.AddPathMismatches += decision.IsMismatch ? 1 : 0;
        }
        return undecided;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Hold(ReadOnlySpan<byte> bmp, PeerView view, ulong receivedNs, int undecided)
    {
        if (view.Held is null)
        {
            view.Held = new HeldMessages(receivedNs);
            _holding.Add(view);
        }
        view.Held.Add(bmp, receivedNs);
        view.Held.Families |= undecided;
        counters.MessagesHeld++;
        _heldBytes += bmp.Length;
        if (_heldBytes >= HeldMessages.MaxSessionBytes)
            Settle(peer: null);
        _isReady |= IsReady(view);
    }

    private bool TryDrain(int index)
    {
        _draining = index;
        var view = _holding[index];
        var held = view.Held!;
        // A full queue ends the wait for whatever its messages need.
        Settle(view);
        while (held.Count > 0)
        {
            var (bmp, receivedNs) = held.Peek();
            BgpMessageHeader.TryRead(bmp.AsSpan(BgpOffset), BgpOffset, out var bgp, out _, out _);
            if (!_isDecoded && !_isAppended)
                UpdateDecoder.Decode(bgp, BgpOffset, view, _update);
            if (!_isAppended && !TryAppend(bgp, view, receivedNs, new PerPeerHeader(bmp.AsSpan(BmpFramer.HeaderLength)).TimestampNs))
                return false;
            _isAppended = true;
            if (_update.Error.IsError && !events.TryMalformed(_update.Error, bmp, receivedNs))
                return false;
            _isAppended = false;
            _heldBytes -= bmp.Length;
            held.Remove();
        }
        view.Held = null;
        _holding.RemoveAt(index);
        _draining = None;
        return true;
    }

    private bool TryAppend(ReadOnlySpan<byte> bgp, PeerView view, ulong receivedNs, ulong bmpHeaderNs)
    {
        if (!_isDecoded)
            CountDecoded(view);
        if (_update.Action < BmpErrorAction.SkipMessage && _update.Prefixes > 0)
        {
            bool isWhole = curation is null
                ? TryForward(bgp, view, receivedNs, bmpHeaderNs)
                : TryCurate(bgp, view, receivedNs, bmpHeaderNs);
            if (!isWhole)
                return false;
        }
        if (_update.IsEndOfRib && curation is not null && !TrySweep(view, receivedNs))
            return false;
        _isDecoded = false;
        return true;
    }

    private bool TryForward(ReadOnlySpan<byte> bgp, PeerView view, ulong receivedNs, ulong bmpHeaderNs)
    {
        int before = _done;
        ulong sequence = router.Sequence;
        bool isWhole = new UpdateAppender(shard, bgp, _update, view, receivedNs, bmpHeaderNs).TryAppend(ref _done, ref sequence);
        router.Sequence = sequence;
        counters.RecordsEmitted += _done - before;
        view.Peer.RecordsEmitted += _done - before;
        return isWhole;
    }

    private bool TryCurate(ReadOnlySpan<byte> bgp, PeerView view, ulong receivedNs, ulong bmpHeaderNs)
    {
        if (curation!.Of(view, receivedNs) is not { } rib)
        {
            shard.Account.Drop(RecordState.Input, "superseded", _update.Prefixes - _done);
            counters.Superseded += _update.Prefixes - _done;
            _done = _update.Prefixes;
            return true;
        }
        var before = _curated;
        ulong sequence = router.Sequence;
        var appender = new CuratedAppender(shard, bgp, _update, view, rib, curation.HashSeed(receivedNs), receivedNs, bmpHeaderNs);
        bool isWhole = appender.TryAppend(ref _curated, ref sequence);
        router.Sequence = sequence;
        _done = _curated.Done;
        int emitted = _curated.Emitted - before.Emitted;
        counters.RecordsEmitted += emitted;
        view.Peer.RecordsEmitted += emitted;
        counters.Suppressed += _curated.Suppressed - before.Suppressed;
        shard.Account.Suppressed += _curated.Suppressed - before.Suppressed;
        if (_curated.Refused > before.Refused)
        {
            shard.Account.Drop(RecordState.Input, "curation_max_routes", _curated.Refused - before.Refused);
            counters.Refused += _curated.Refused - before.Refused;
        }
        return isWhole;
    }

    // The router has told all of a family: what it did not repeat is gone.
    private bool TrySweep(PeerView view, ulong nowNs)
    {
        var family = _update.HasMpUnreach ? _update.Unreach.Family : AddressFamily.Ipv4Unicast;
        return family.Index < 0 || curation!.Of(view, nowNs) is not { } rib
            || withdraws!.TrySweep(rib, family.Index, WithdrawCause.EndOfRib, nowNs);
    }

    private void CountDecoded(PeerView view)
    {
        _isDecoded = true;
        _done = 0;
        _curated = default;
        if (_update.Error.IsError)
            counters.Count(_update.Error.Code);
        if (_update.Action < BmpErrorAction.SkipMessage)
        {
            counters.RoutesReceived += _update.Prefixes;
            view.Peer.RoutesReceived += _update.Prefixes;
            shard.Account.Decoded += _update.Prefixes;
        }
        counters.EndOfRibs += _update.IsEndOfRib ? 1 : 0;
        counters.AsPathWidthMismatches += _update.AsWidthMismatch ? 1 : 0;
        if (_update.SkippedReach != default)
            counters.CountSkippedNlri(_update.SkippedReach);
        if (_update.SkippedUnreach != default)
            counters.CountSkippedNlri(_update.SkippedUnreach);
    }
}
