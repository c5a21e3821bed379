using System.Runtime.CompilerServices;
using Risotto.Curate;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Encode;
using Risotto.Frame;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>What a call to the pipeline ended with.</summary>
internal enum PipelineStep
{
    /// <summary>Every whole message is taken; the rest is to be presented again with more behind it.</summary>
    NeedsInput,

    /// <summary>No batch is free: await <see cref="RisottoPipeline.Blocked"/>, then repeat with what was not consumed.</summary>
    NeedsSpace,

    /// <summary>The stream cannot be followed any further: <see cref="RisottoPipeline.Error"/>.</summary>
    Closed,
}

/// <summary>
/// The map of the collector, one instance per router session:
/// listen (BmpListener, BmpSession) -> frame (BmpFramer) -> decode (PerPeerHeader, UpdateDecoder, ...) -> curate (SessionCuration,
/// ViewRib, RouteTable) -> encode (CuratedAppender, ...) -> batch (ShardWriter) -> produce (IBatchSink).
/// It is synchronous and does no I/O. The caller holds the gate of the router's shard of the Updates topic.
/// </summary>
internal sealed class RisottoPipeline
{
    private readonly PipelineOptions _options;
    private readonly RouterCounters _counters;
    private readonly PeerTable _peers;
    private readonly RouteStages _routes;
    private readonly EventStages _events;
    private readonly SessionCuration? _curation;
    private readonly WithdrawStages? _withdraws;
    private readonly ushort _routerPort;
    private BmpError _unreported;
    private bool _isOpen;

    /// <param name="curation">Null: every record passes.</param>
    public RisottoPipeline(
        RouterState router, ushort routerPort, CollectorIdentity collector, PipelineOptions options, PipelineOutputs outputs, RouterCounters counters,
        SessionCuration? curation = null)
    {
        _options = options;
        _counters = counters;
        _routerPort = routerPort;
        _curation = curation;
        _peers = new PeerTable((in PerPeerHeader header) => UpdateTemplate.Build(router.Address, routerPort, collector, header));
        Updates = outputs.Updates.ShardOf(router.ShardHash);
        _events = new EventStages(router, routerPort, collector, outputs);
        _withdraws = curation is null ? null : new WithdrawStages(router, Updates, collector, curation.Counters);
        _routes = new RouteStages(router, Updates, _events, counters, _curation, _withdraws);
    }

    /// <summary>The shard whose gate the caller holds.</summary>
    public ShardWriter Updates { get; }

    /// <summary>After <see cref="PipelineStep.NeedsSpace"/>: the shard that has no free batch.</summary>
    public ShardWriter Blocked => _events.Blocked ?? Updates;

    /// <summary>After <see cref="PipelineStep.Closed"/>: why.</summary>
    public BmpError Error { get; private set; }

    /// <summary>The session's peers, those that went down too.</summary>
    public IReadOnlyCollection<Peer> Peers => _peers.Peers;

    /// <summary>Some messages wait for a decision; <see cref="Tick"/> is to be called once a second.</summary>
    public bool IsHolding => _routes.IsHolding;

    /// <summary>Takes the whole BMP messages at the start of <paramref name="input"/>.</summary>
    /// <param name="input">The router's stream from the first octet not consumed yet.</param>
    /// <param name="receivedNs">When it was read, nanoseconds since 1970 UTC.</param>
    /// <param name="consumed">Octets that need not be presented again.</param>
    public PipelineStep Process(ReadOnlySpan<byte> input, ulong receivedNs, out int consumed)
    {
        consumed = 0;
        _events.Blocked = null;
        if (!_isOpen && !TryOpen(receivedNs))
            return PipelineStep.NeedsSpace;
        if (_routes.IsHolding && Tick(receivedNs) == PipelineStep.NeedsSpace)
            return PipelineStep.NeedsSpace;
        BmpError error;
        while (BmpFramer.TryFrame(input[consumed..], _options.MaxMessageBytes, out int length, out error))
        {
            if (!TryTake(input.Slice(consumed, length), input[(consumed + length)..], receivedNs))
                return PipelineStep.NeedsSpace;
            consumed += length;
            if (_routes.IsHolding && !_routes.TryDrain())
                return PipelineStep.NeedsSpace;
        }
        if (!error.IsError)
            return PipelineStep.NeedsInput;
        if (!_events.TryMalformed(error, input[consumed..], receivedNs))
            return PipelineStep.NeedsSpace;
        _counters.Count(error.Code);
        Error = error;
        return PipelineStep.Closed;
    }

    /// <summary>Ends the wait for decisions that has lasted too long.</summary>
    public PipelineStep Tick(ulong nowNs)
    {
        _events.Blocked = null;
        _routes.SettleDue(nowNs);
        return _routes.TryDrain() ? PipelineStep.NeedsInput : PipelineStep.NeedsSpace;
    }

    /// <summary>The stream has ended: emits what still waits for a decision, and the session's end. To be repeated after NeedsSpace.</summary>
    public PipelineStep EndOfStream(ulong receivedNs)
    {
        _events.Blocked = null;
        _routes.Abandon();
        _routes.Settle(peer: null);
        return _routes.TryDrain() && _events.TrySession(PeerEventKind.SessionClosed, receivedNs)
            ? PipelineStep.NeedsInput
            : PipelineStep.NeedsSpace;
    }

    /// <summary>Nothing follows, whether or not all of it found room.</summary>
    public void GiveUp(ulong nowNs)
    {
        _routes.GiveUp();
        _curation?.Close(nowNs);
    }

    private bool TryOpen(ulong nowNs)
    {
        if (!_events.TrySession(PeerEventKind.SessionOpen, nowNs))
            return false;
        _curation?.Open(_routerPort, nowNs);
        return _isOpen = true;
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
        const byte supportedVersion = 3;
        error = default;
        var type = (MessageType)message[5];
        if (message[0] != supportedVersion)
            error = new BmpError(BmpErrorCode.BmpVersionUnsupported, 0);
        else if (type > MessageType.RouteMirroring)
            error = new BmpError(BmpErrorCode.BmpTypeUnknown, 5);
        else
        {
            bool isTaken = type == MessageType.RouteMonitoring
                ? TryRoutes(message, following, receivedNs, out error)
                : TryEvent(type, message, receivedNs, out error);
            if (isTaken)
                _counters.Count(type);
            return isTaken;
        }
        _counters.Count(error.Code);
        return true;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> message, out PerPeerHeader header, out BmpError error)
    {
        header = default;
        error = default;
        if (message.Length < RouteStages.BgpOffset)
            error = new BmpError(BmpErrorCode.PerPeerHeaderTruncated, message.Length);
        else if (message[BmpFramer.HeaderLength] > (byte)PeerType.LocRib)
            error = new BmpError(BmpErrorCode.PeerTypeUnknown, BmpFramer.HeaderLength);
        else
            header = new PerPeerHeader(message[BmpFramer.HeaderLength..]);
        return !error.IsError;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEvent(MessageType type, ReadOnlySpan<byte> message, ulong receivedNs, out BmpError error)
    {
        if (type == MessageType.TerminationMessage && !TryWithdraw(_curation?.Views(), WithdrawCause.Termination, receivedNs))
        {
            error = default;
            return false;
        }
        if (type is MessageType.InitiationMessage or MessageType.TerminationMessage)
            return Counted(_events.TryInformation(type, message[BmpFramer.HeaderLength..], receivedNs, out error), error);
        if (!TryReadHeader(message, out var header, out error))
            return Counted(true, error);
        var body = message[RouteStages.BgpOffset..];
        if (_peers.FindPeer(header) is not { } peer)
        {
            error = new BmpError(BmpErrorCode.TooManyPeers, BmpFramer.HeaderLength);
            return Counted(true, error);
        }
        return Counted(type switch
        {
            MessageType.PeerUpNotification => TryPeerUp(body, header, peer, receivedNs, out error),
            MessageType.PeerDownNotification => TryPeerDown(body, header, peer, receivedNs, out error),
            MessageType.StatisticsReport => _events.TryStatistics(body, header, receivedNs, out error),
            _ => RouteMirroring.TryRead(body, RouteStages.BgpOffset, out error) || true,
        }, error);
    }

    private bool TryRoutes(ReadOnlySpan<byte> message, ReadOnlySpan<byte> following, ulong receivedNs, out BmpError error)
    {
        if (!TryReadHeader(message, out var header, out error))
            return Counted(true, error);
        var body = message[RouteStages.BgpOffset..];
        if (_options.IgnoreLocRib && header.PeerType == PeerType.LocRib)
        {
            _counters.LocRibIgnored++;
            return true;
        }
        if (_peers.Find(header) is not { } view)
            error = new BmpError(BmpErrorCode.TooManyPeers, BmpFramer.HeaderLength);
        else if (BgpMessageHeader.TryRead(body, RouteStages.BgpOffset, out var bgp, out var type, out error))
        {
            if (type == BgpMessageType.Update)
            {
                if (_curation is not null)
                    LookAhead(following);
                if (!_routes.TryTake(message, bgp, view, receivedNs, header.TimestampNs, out error))
                    return false;
                _counters.TrailingOctets += bgp.Length < body.Length ? 1 : 0;
                return true;
            }
            error = new BmpError(BmpErrorCode.BgpTypeNotUpdate, RouteStages.BgpOffset + 18);
        }
        return Counted(true, error);
    }

    // The message behind the one that is taken now.
    private void LookAhead(ReadOnlySpan<byte> following)
    {
        if (following.Length > RouteStages.BgpOffset && following[5] == (byte)MessageType.RouteMonitoring
            && _peers.Known(new PerPeerHeader(following[BmpFramer.HeaderLength..])) is { } view && _curation!.Known(view) is { } rib
            && BgpMessageHeader.TryRead(following[RouteStages.BgpOffset..], RouteStages.BgpOffset, out var bgp, out var type, out _) && type == BgpMessageType.Update)
            UpdateAhead.Prefetch(bgp, view, rib);
    }

    private bool TryPeerUp(ReadOnlySpan<byte> body, in PerPeerHeader header, Peer peer, ulong receivedNs, out BmpError error)
    {
        if (!PeerUpNotification.TryRead(body, RouteStages.BgpOffset, header, out var up, out error))
            return true;
        if (!TrySettle(peer) || !_events.TryPeerUp(up, header, receivedNs))
            return false;
        _curation?.PeerUp(header, receivedNs);
        peer.Up(up.HasOpens ? PeerCapabilities.Negotiate(up.SentOpen, up.ReceivedOpen) : null, header.As);
        _peers.Renegotiate(peer);
        return true;
    }

    private bool TryPeerDown(ReadOnlySpan<byte> body, in PerPeerHeader header, Peer peer, ulong receivedNs, out BmpError error)
    {
        if (!PeerDownNotification.TryRead(body, RouteStages.BgpOffset, out var down, out error))
            return true;
        if (!TrySettle(peer) || !TryWithdraw(_curation?.Views(header), WithdrawCause.PeerDown, receivedNs) || !_events.TryPeerDown(down, header, receivedNs))
            return false;
        peer.Down(down.Reason);
        _peers.Renegotiate(peer);
        return true;
    }

    // Withdrawn routes are not there any more, so a repeated call goes on where the last one ended.
    private bool TryWithdraw(IEnumerable<ViewRib>? views, WithdrawCause cause, ulong nowNs)
    {
        foreach (var view in views ?? [])
        {
            if (!_withdraws!.TryWithdraw(view, cause, nowNs))
                return false;
        }
        return true;
    }

    // What a peer's messages wait for comes before the event that ends the wait.
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
