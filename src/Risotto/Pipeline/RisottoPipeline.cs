using System.Runtime.CompilerServices;
using System.Text;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>How a call to the pipeline ended.</summary>
internal enum PipelineStep
{
    /// <summary>Every whole message is taken; the rest is to be presented again together with the input after it.</summary>
    NeedsInput,

    /// <summary>No batch is free: await <see cref="RisottoPipeline.Blocked"/>, then repeat with the input that was not consumed.</summary>
    NeedsSpace,

    /// <summary>The session is to be closed: <see cref="RisottoPipeline.End"/> says why.</summary>
    Closed,
}

/// <summary>Why the pipeline wants its session closed.</summary>
internal enum PipelineEnd
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>The stream cannot be followed any further: <see cref="RisottoPipeline.Error"/>.</summary>
    Malformed,

    /// <summary>The router has sent a Termination: what follows it is not taken (RFC 7854 4.5).</summary>
    Terminated,

    /// <summary>See <see cref="SessionCuration.MustClose"/>.</summary>
    Superseded,
}

/// <summary>
/// The map of the collector, one instance for each router session. A message goes one way, from room to room:
/// Listen (BmpListener, BmpSession) -> Frame (BmpFramer) -> Decode (PerPeerHeader, UpdateDecoder, ...) -> Curate (Curated, FamilyRib,
/// PrefixTable) -> Encode (UpdateEncoder, ...) -> batch (ShardWriter) -> IBatchSink.
/// It is synchronous and does no I/O. The caller holds the gate of the router's shard of the Updates topic.
/// </summary>
internal sealed class RisottoPipeline
{
    private const int MaxNameBytes = 255;

    private readonly PipelineOptions _options;
    private readonly SessionCounters _counters;
    private readonly PeerTable _peers = new();
    private readonly RouteUpdates _routes;
    private readonly PeerEvents _events;
    private readonly SessionCuration? _curation;
    private readonly Withdrawals? _withdrawals;
    private readonly ushort _routerPort;
    private BmpError _unreported;

    // Of the Route Monitoring message that is being taken: where its next UPDATE is, and the first error.
    private int _nextUpdate;
    private BmpError _updateError;
    private bool _isOpen;

    /// <param name="curation">Null: every record passes.</param>
    public RisottoPipeline(
        RouterState router, ushort routerPort, CollectorIdentity collector, PipelineOptions options, PipelineOutputs outputs,
            SessionCounters counters,
        SessionCuration? curation = null)
    {
        _options = options;
        _counters = counters;
        _routerPort = routerPort;
        _curation = curation;
        Updates = outputs.Updates.ShardOf(router.ShardHash);
        Blocked = Updates;
        _events = new PeerEvents(router, routerPort, collector, outputs);
        _withdrawals = curation is null ? null : new Withdrawals(router, Updates, collector, curation.Counters);
        var templates = new UpdateTemplates(router.Address, routerPort, collector);
        _routes = new RouteUpdates(router, Updates, templates, _events, counters, curation, _withdrawals);
    }

    /// <summary>The shard whose gate the caller holds.</summary>
    public ShardWriter Updates { get; }

    /// <summary>After <see cref="PipelineStep.NeedsSpace"/>: the shard that has no free batch.</summary>
    public ShardWriter Blocked { get; private set; }

    /// <summary>After <see cref="PipelineStep.Closed"/>: why.</summary>
    public PipelineEnd End { get; private set; }

    /// <summary>After <see cref="PipelineEnd.Malformed"/>: the fault.</summary>
    public BmpError Error { get; private set; }

    /// <summary>The name that the router gave itself (RFC 7854 4.3), for log lines; null: none yet.</summary>
    public string? SysName { get; private set; }

    /// <summary>The session is to be closed even if nothing more comes: call <see cref="Process"/>. Any thread may ask.</summary>
    public bool MustClose => _curation is { MustClose: true };

    /// <summary>Some messages wait for a decision; <see cref="Tick"/> is to be called once a second.</summary>
    public bool IsHolding => _routes.IsHolding;

    /// <summary>What the session knows of its peers: how it reads their messages.</summary>
    public PeerTable Peers => _peers;

    /// <summary>The number of the view's UPDATEs that wait for a decision.</summary>
    public int Waiting(PeerView view) => _routes.Waiting(view);

    /// <summary>Takes the whole BMP messages at the start of <paramref name="input"/>.</summary>
    /// <param name="input">The router's stream from the first byte that is not consumed yet.</param>
    /// <param name="receivedNs">When it was read, nanoseconds since 1970 UTC.</param>
    /// <param name="consumed">Bytes that need not be presented again.</param>
    public PipelineStep Process(ReadOnlySpan<byte> input, ulong receivedNs, out int consumed)
    {
        consumed = 0;
        _curation?.GoOn();
        if (!_isOpen && !TryOpen(receivedNs))
            return NeedsSpace();
        if (MustClose)
            End = PipelineEnd.Superseded;
        if (End != PipelineEnd.None && !_unreported.IsError)
            return PipelineStep.Closed;
        // The dead letter of a message comes before what that message has set free.
        if (_routes.IsHolding && !_unreported.IsError && !TryTick(receivedNs))
            return NeedsSpace();
        BmpError error;
        while (BmpFramer.TryFrame(input[consumed..], _options.MaxMessageBytes, out int length, out error))
        {
            if (!TryTake(input.Slice(consumed, length), input[(consumed + length)..], receivedNs))
                return NeedsSpace();
            consumed += length;
            if (End != PipelineEnd.None)
                return PipelineStep.Closed;
            if (_routes.IsHolding && !_routes.TryDrain())
                return NeedsSpace();
        }
        if (!error.IsError)
            return PipelineStep.NeedsInput;
        if (!_events.TryMalformed(error, input[consumed..], receivedNs))
            return NeedsSpace();
        _counters.Count(error.Code);
        Error = error;
        End = PipelineEnd.Malformed;
        return PipelineStep.Closed;
    }

    /// <summary>Ends the wait for decisions that has lasted too long.</summary>
    public PipelineStep Tick(ulong nowNs)
    {
        _curation?.GoOn();
        return TryTick(nowNs) ? PipelineStep.NeedsInput : NeedsSpace();
    }

    /// <summary>
    /// The stream has ended: emits what still waits for a decision, and the end of the session. To be repeated after NeedsSpace.
    /// </summary>
    public PipelineStep EndOfStream(ulong receivedNs)
    {
        _routes.Abandon();
        _routes.Settle(peer: null);
        return _routes.TryDrain() && _events.TrySession(PeerEventKind.SessionClosed, receivedNs)
            ? PipelineStep.NeedsInput
            : NeedsSpace();
    }

    /// <summary>The session is over, whether or not everything found room.</summary>
    public void GiveUp()
    {
        _routes.GiveUp();
        _curation?.Close();
    }

    private PipelineStep NeedsSpace()
    {
        _curation?.Wait();
        Blocked = _events.TakeBlocked() ?? Updates;
        return PipelineStep.NeedsSpace;
    }

    private bool TryOpen(ulong nowNs)
    {
        if (!_events.TrySession(PeerEventKind.SessionOpen, nowNs))
            return false;
        _curation?.Open(_routerPort);
        return _isOpen = true;
    }

    private bool TryTick(ulong nowNs)
    {
        _routes.SettleDue(nowNs);
        return _routes.TryDrain();
    }

    // One whole message. False: no batch is free, and the same message is to be presented again.
    private bool TryTake(ReadOnlySpan<byte> message, ReadOnlySpan<byte> following, ulong receivedNs)
    {
        var error = _unreported;
        if (!error.IsError && !TryRead(message, following, receivedNs, out error))
            return false;
        if (error.IsError)
        {
            _unreported = error;
            if (!_events.TryMalformed(error, message, receivedNs))
                return false;
            _unreported = default;
        }
        _counters.Messages++;
        return true;
    }

    private bool TryRead(ReadOnlySpan<byte> message, ReadOnlySpan<byte> following, ulong receivedNs, out BmpError error)
    {
        var type = (MessageType)message[CommonHeader.TypeOffset];
        if (type > MessageType.RouteMirroring)
            error = new BmpError(BmpErrorCode.BmpTypeUnknown, CommonHeader.TypeOffset);
        else
        {
            bool isTaken = type == MessageType.RouteMonitoring
                ? TryRoutes(message, following, receivedNs, out error)
                : TryEvent(type, message, receivedNs, out error);
            if (isTaken)
                _counters.Count(type);
            return isTaken;
        }
        return Counted(true, error);
    }

    private bool TryRoutes(ReadOnlySpan<byte> message, ReadOnlySpan<byte> following, ulong receivedNs, out BmpError error)
    {
        if (!TryReadHeader(message, out var header, out error))
            return Counted(true, error);
        if (_options.IgnoreLocRib && header.PeerType == PeerType.LocRib)
        {
            _counters.LocRibIgnored++;
            return true;
        }
        if (_peers.FindOrAdd(header) is not { } view)
        {
            error = new BmpError(BmpErrorCode.TooManyPeers, PerPeerHeader.Offset);
            return Counted(true, error);
        }
        _counters.Add(view.Peer);
        if (_curation is not null)
            UpdatePrefetch.Prefetch(following, _peers, _curation);
        // RFC 7854 4.6 asks for one UPDATE. A router may write several: another one follows where another marker does.
        int at = _nextUpdate == 0 ? RouteMonitoring.UpdateOffset(message) : _nextUpdate;
        do
        {
            var bytes = message[at..];
            if (!BgpMessageHeader.TryRead(bytes, at, out var bgp, out var type, out var found))
                bgp = bytes;
            else if (type != BgpMessageType.Update)
                found = new BmpError(BmpErrorCode.BgpTypeNotUpdate, at + BgpMessageHeader.TypeOffset);
            else if (_routes.TryTake(message, at, bgp.Length, view, receivedNs, header.TimestampNs, out var ofUpdate))
                found = ofUpdate.IsError ? ofUpdate : found;
            else
            {
                _nextUpdate = at;
                return false;
            }
            at += bgp.Length;
            // One error of a message is reported.
            if (found.IsError && !_updateError.IsError)
                _updateError = found;
        }
        while (at < message.Length && BgpMessageHeader.HasMarker(message[at..]));
        _counters.TrailingBytes += at < message.Length ? 1 : 0;
        error = _updateError;
        (_nextUpdate, _updateError) = (0, default);
        return Counted(true, error);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEvent(MessageType type, ReadOnlySpan<byte> message, ulong receivedNs, out BmpError error)
    {
        if (type is MessageType.InitiationMessage)
        {
            SysName ??= ReadSysName(message[CommonHeader.Length..]);
            return Counted(_events.TryInformation(type, message[CommonHeader.Length..], receivedNs, out error), error);
        }
        if (type is MessageType.TerminationMessage)
            return Counted(TryTermination(message[CommonHeader.Length..], receivedNs, out error), error);
        if (!TryReadHeader(message, out var header, out error))
            return Counted(true, error);
        if (_peers.FindOrAddPeer(header) is not { } peer)
        {
            error = new BmpError(BmpErrorCode.TooManyPeers, PerPeerHeader.Offset);
            return Counted(true, error);
        }
        _counters.Add(peer);
        var body = message[PerPeerHeader.End..];
        return Counted(type switch
        {
            MessageType.PeerUpNotification => TryPeerUp(body, header, peer, receivedNs, out error),
            MessageType.PeerDownNotification => TryPeerDown(body, message[CommonHeader.VersionOffset], header, peer, receivedNs, out error),
            MessageType.StatisticsReport => _events.TryStatistics(body, header, receivedNs, out error),
            _ => RouteMirroring.TryRead(body, PerPeerHeader.End, out error) || true,
        }, error);
    }

    // It goes into lines of a log.
    private static string? ReadSysName(ReadOnlySpan<byte> body)
    {
        var name = InformationTlv.SysName(body);
        if (name.IsEmpty)
            return null;
        string text = Encoding.UTF8.GetString(name[..Math.Min(name.Length, MaxNameBytes)]);
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }

    // RFC 7854 4.5: the router closes the session after it, and sends nothing more. What becomes of its routes is what becomes of those of
    // a lost session: a router whose BMP is restarted comes back. Only a router that says that it will not is taken at its word.
    private bool TryTermination(ReadOnlySpan<byte> body, ulong receivedNs, out BmpError error)
    {
        error = default;
        if (InformationTlv.TerminationReason(body) == InformationTlv.PermanentlyClosed
            && !TryWithdraw(_curation?.ViewsOfItsOwn(), WithdrawCause.Termination, receivedNs))
            return false;
        if (!_events.TryInformation(MessageType.TerminationMessage, body, receivedNs, out error))
            return false;
        End = PipelineEnd.Terminated;
        return true;
    }

    private bool TryPeerUp(ReadOnlySpan<byte> body, in PerPeerHeader header, Peer peer, ulong receivedNs, out BmpError error)
    {
        if (!PeerUpNotification.TryRead(body, PerPeerHeader.End, header, out var up, out error))
            return true;
        if (!TrySettle(peer) || !_events.TryPeerUp(up, header, receivedNs))
            return false;
        _curation?.PeerUp(header);
        peer.Up(up.HasOpens ? PeerCapabilities.Negotiate(up.SentOpen, up.ReceivedOpen) : null, header.As);
        _peers.Renegotiate(peer);
        return true;
    }

    private bool TryPeerDown(
        ReadOnlySpan<byte> body, byte version, in PerPeerHeader header, Peer peer, ulong receivedNs, out BmpError error)
    {
        // Whatever can be read of its data, the header says who is down.
        PeerDownNotification.TryRead(body, PerPeerHeader.End, version, out var down, out error);
        if (!TrySettle(peer) || !TryWithdraw(_curation?.ViewsOf(header.Peer), WithdrawCause.PeerDown, receivedNs)
            || !_events.TryPeerDown(down, header, receivedNs))
            return false;
        peer.Down(down.Reason);
        _peers.Renegotiate(peer);
        return true;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> message, out PerPeerHeader header, out BmpError error)
    {
        header = default;
        error = default;
        if (message.Length < PerPeerHeader.End)
            error = new BmpError(BmpErrorCode.PerPeerHeaderTruncated, message.Length);
        else if (message[PerPeerHeader.Offset] > (byte)PeerType.LocRib)
            error = new BmpError(BmpErrorCode.PeerTypeUnknown, PerPeerHeader.Offset);
        else
            header = new PerPeerHeader(message[PerPeerHeader.Offset..]);
        return !error.IsError;
    }

    // Withdrawn routes are removed, so a repeated call goes on where the last one ended.
    private bool TryWithdraw(IEnumerable<PeerRib>? views, WithdrawCause cause, ulong nowNs)
    {
        foreach (var view in views ?? [])
        {
            if (!_withdrawals!.TryWithdraw(view, cause, nowNs))
                return false;
        }
        return true;
    }

    // The messages that a peer's event decides about come before the event.
    private bool TrySettle(Peer peer)
    {
        _routes.Settle(peer);
        return _routes.TryDrain();
    }

    private bool Counted(bool isTaken, BmpError error)
    {
        if (isTaken && error.IsError)
            _counters.Count(error.Code);
        return isTaken;
    }
}
