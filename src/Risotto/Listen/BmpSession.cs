using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Risotto.Frame;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Listen;

/// <summary>
/// One router's connection: it reads, hands the bytes to the pipeline strictly in order, and waits with it for a free batch, which slows
/// the router down. While no message is pending it holds no buffer.
/// </summary>
internal sealed class BmpSession : IDisposable
{
    private readonly CollectorContext _context;
    private readonly RouterState _router;
    private readonly PipeReader _input;
    private readonly ushort _port;
    private readonly ShardWriter _shard;
    private readonly SessionDeadline _deadline;
    private readonly PendingMessage _pending = new();
    private RisottoPipeline? _pipeline;
    private long _consumed;
    private (int Peers, long Routes) _known;
    private bool _wasSeen, _isAnnounced;
    private volatile bool _isStopping;

    public BmpSession(CollectorContext context, RouterState router, ushort port, PipeReader input)
    {
        _context = context;
        _router = router;
        _port = port;
        _input = input;
        _shard = context.Outputs.Updates.ShardOf(router.ShardHash);
        _deadline = new SessionDeadline(context.Options, context.Time);
    }

    public IPEndPoint Source => new(_router.Address.ToIPAddress(), _port);

    /// <summary>Guards <see cref="Counters"/>.</summary>
    public Lock Gate => _shard.Gate;

    public SessionCounters Counters { get; } = new();

    /// <summary>Follows the router until one side ends it. Does not throw.</summary>
    /// <param name="abort">The time to drain is over: the session does not wait for a batch any more.</param>
    public async Task<SessionEnd> RunAsync(CancellationToken abort)
    {
        try
        {
            var end = await FollowAsync(abort);
            Announce();
            return await FinishAsync(abort) ? end : SessionEnd.Aborted;
        }
        catch (Exception e)
        {
            _context.Logger.SessionFailed(Source, _consumed, e);
            return SessionEnd.Failed;
        }
        finally
        {
            lock (Gate)
                _pipeline?.GiveUp();
        }
    }

    /// <summary>Says that the router has left, if it was said that it came.</summary>
    public void AnnounceEnd(SessionEnd end)
    {
        if (!_isAnnounced)
            return;
        long routes;
        lock (Gate)
            routes = _router.Rib?.Count.Routes ?? Counters.RoutesReceived;
        _context.Logger.RouterLeft(Source, SysName, end.Label(), Counters.Messages, Counters.Peers.Count, routes);
    }

    /// <summary>Ends the session as soon as the bytes that were read are batched. Any thread.</summary>
    public void Stop()
    {
        _isStopping = true;
        _input.CancelPendingRead();
    }

    /// <summary>Lets the session check its limits when one is over. The listener's timer calls it.</summary>
    public void WakeIfDue(long now)
    {
        if (_deadline.IsDue(now) || _pipeline is { MustClose: true })
            _input.CancelPendingRead();
    }

    public void Dispose() => _pending.Dispose();

    private string SysName => _pipeline?.SysName is { } name ? $"'{name}'" : "without a name";

    // A connection that sends no BMP message is not a router yet.
    private void Announce()
    {
        if (_wasSeen || Counters.Messages == 0)
            return;
        _wasSeen = true;
        _isAnnounced = _context.Metrics.RouterLines.TryTake();
        if (_isAnnounced)
            _context.Logger.RouterConnected(Source, SysName, _known.Peers, _known.Routes);
    }

    private async Task<SessionEnd> FollowAsync(CancellationToken abort)
    {
        while (true)
        {
            ReadResult read;
            _deadline.Wait(_pipeline is { IsHolding: true });
            try
            {
                read = await _input.ReadAsync(CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or ConnectionAbortedException)
            {
                return SessionEnd.ConnectionLost;
            }
            _deadline.StopWaiting();
            var end = read.Buffer.IsEmpty ? null : await TakeAsync(read.Buffer, abort);
            _input.AdvanceTo(read.Buffer.End);
            end ??= read.IsCompleted ? (_pending.IsEmpty ? SessionEnd.RouterClosed : SessionEnd.RouterClosedInMessage)
                : read.IsCanceled ? await WakeAsync(abort)
                : null;
            if (end is { } reason)
                return reason;
        }
    }

    // Takes everything that was read. The rest of it, a message that is not whole, is in _pending then.
    private async ValueTask<SessionEnd?> TakeAsync(ReadOnlySequence<byte> buffer, CancellationToken abort)
    {
        ulong receivedNs = NowNs();
        long readAt = _context.Time.GetTimestamp();
        _pipeline ??= Open();
        long before = _consumed;
        foreach (var segment in buffer)
        {
            var rest = segment;
            while (!rest.IsEmpty)
            {
                bool isPending = !_pending.IsEmpty;
                if (isPending)
                    rest = rest[_pending.Fill(rest.Span)..];
                var input = isPending ? _pending.Bytes : rest;

                PipelineStep step;
                int consumed, taken = 0;
                while ((step = Process(input.Span[taken..], receivedNs, out consumed)) == PipelineStep.NeedsSpace)
                {
                    taken += consumed;
                    if (!await HasSpaceAsync(abort))
                        return SessionEnd.Aborted;
                }
                taken += consumed;
                _consumed += taken;
                if (step == PipelineStep.Closed)
                    return Ended();

                if (!isPending)
                {
                    _pending.Append(rest.Span[taken..]);
                    rest = default;
                }
                else if (taken > 0)
                {
                    _pending.Clear();
                }
            }
        }
        Announce();
        _context.Metrics.OnBatched(_context.Time.GetElapsedTime(readAt));
        _deadline.OnInput(_consumed > before, !_pending.IsEmpty || _consumed == 0);
        return null;
    }

    private RisottoPipeline Open()
    {
        if (_router.Rib is { } rib)
        {
            lock (Gate)
                _known = (rib.Peers, rib.Count.Routes);
        }
        return new RisottoPipeline(
            _router, _port, _context.Identity, _context.Pipeline, _context.Outputs, Counters, _context.Curation?.OpenSession(_router));
    }

    private PipelineStep Process(ReadOnlySpan<byte> input, ulong receivedNs, out int consumed)
    {
        lock (Gate)
            return _pipeline!.Process(input, receivedNs, out consumed);
    }

    private SessionEnd Ended()
    {
        switch (_pipeline!.End)
        {
            case PipelineEnd.Terminated:
                return SessionEnd.Terminated;
            case PipelineEnd.Superseded:
                _context.Logger.SessionSuperseded(Source);
                return SessionEnd.Superseded;
        }
        if (_context.Metrics.MalformedLines.TryTake())
            _context.Logger.StreamMalformed(Source, _pipeline!.Error.Code.Reason(), _consumed + _pipeline.Error.Offset);
        return SessionEnd.Malformed;
    }

    // Woken by Stop or by the timer.
    private async ValueTask<SessionEnd?> WakeAsync(CancellationToken abort)
    {
        if (_isStopping)
            return SessionEnd.Shutdown;
        if (_pipeline is { MustClose: true })
        {
            Process(default, NowNs(), out _);
            return Ended();
        }
        if (_deadline.Over is { } limit)
            return limit;
        return _pipeline is not { IsHolding: true } || await RepeatAsync(static (pipeline, now) => pipeline.Tick(now), abort)
            ? null
            : SessionEnd.Aborted;
    }

    // The messages that wait for a decision, and the end of the session, become records. A connection that never sent anything makes none.
    private ValueTask<bool> FinishAsync(CancellationToken abort) =>
        _pipeline is null ? new(true) : RepeatAsync(static (pipeline, now) => pipeline.EndOfStream(now), abort);

    // Returns false when the time to drain was over before there was space.
    private async ValueTask<bool> RepeatAsync(Func<RisottoPipeline, ulong, PipelineStep> step, CancellationToken abort)
    {
        ulong now = NowNs();
        while (true)
        {
            lock (Gate)
            {
                if (step(_pipeline!, now) != PipelineStep.NeedsSpace)
                    return true;
            }
            if (!await HasSpaceAsync(abort))
                return false;
        }
    }

    private async ValueTask<bool> HasSpaceAsync(CancellationToken abort)
    {
        var space = _pipeline!.Blocked.SpaceAvailable;
        if (space.IsCompleted)
        {
            // There is more to withdraw: the other routers of the shard come first for a moment.
            await Task.Yield();
            return !abort.IsCancellationRequested;
        }
        _context.Metrics.OnWait();
        await space.WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !abort.IsCancellationRequested;
    }

    private ulong NowNs() => UnixTime.NowNs(_context.Time);
}
