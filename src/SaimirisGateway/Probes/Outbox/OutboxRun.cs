using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>The values that all runs use.</summary>
/// <param name="Slots">Limits the runs that produce at the same time.</param>
/// <param name="Stopping">Cancelled when no further batch may begin.</param>
/// <param name="Abort">Cancelled when nothing may be waited for any longer.</param>
internal sealed record OutboxContext(
    OutboxFolder Folder, ProbeProducer Producer, GatewayStore Store, SemaphoreSlim Slots, ILogger Logger, TimeProvider Time,
    CancellationToken Stopping, CancellationToken Abort);

/// <summary>
/// Produces one reserved measurement to the topic. It sends one batch at a time, and the next when the previous one is acknowledged.
/// </summary>
/// <remarks>
/// <code>
/// state      event                                              next state
/// Reserved   a slot is free                                     Begun
/// Reserved   the user's patience ends, or it is undone          Withdrawn
/// Reserved   the user's answer is Waiting                       Promised
/// Begun      the first batch is or may be in the topic          Promised
/// Begun      the user's answer is Waiting                       Promised
/// Begun      the first attempt failed, and nothing was sent     Withdrawn
/// any        the result is known                                Ended
/// </code>
/// <para>A run that an earlier process began starts as Promised. A Promised run needs a slot too.</para>
/// <para>A Promised run ends with all batches sent, or it is given up: at its deadline, or when the broker refuses it permanently.</para>
/// <para>A Withdrawn run sends nothing, and its quota is released.</para>
/// </remarks>
internal sealed class OutboxRun : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500), ReleasePatience = TimeSpan.FromSeconds(1);

    private readonly OutboxContext _context;
    private readonly OutboxEntry _entry;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<DispatchResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _sending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _withdrawn = new();
    private OutboxState _state;

    /// <param name="isResumed">An earlier process began it.</param>
    public OutboxRun(OutboxContext context, OutboxEntry entry, bool isResumed)
    {
        (_context, _entry) = (context, entry);
        _state = isResumed ? OutboxState.Promised : OutboxState.Reserved;
    }

    private enum OutboxState
    {
        Reserved,
        Begun,
        Promised,
        Withdrawn,
        Ended,
    }

    /// <summary>Waits for the answer to the user's request, for a little more than <paramref name="patience"/>.</summary>
    public async Task<DispatchResult> AnswerAsync(TimeSpan patience)
    {
        await Task.WhenAny(_result.Task, Task.Delay(patience, _context.Time, _context.Stopping));
        if (!_context.Stopping.IsCancellationRequested)
            Withdraw();
        // The client reports soon whether it has sent the first batch. Only then it is known whether the measurement can still be
        // withdrawn.
        await Task.WhenAny(_result.Task, _sending.Task, Task.Delay(patience, _context.Time, _context.Stopping));
        return Promise() ? DispatchResult.Waiting : await _result.Task;
    }

    public async Task RunAsync()
    {
        try
        {
            await ProduceOrReleaseAsync();
        }
        catch (OperationCanceledException)
        {
            // The service ends. The measurement stays in the outbox for the next start.
        }
        catch (IOException e)
        {
            // Its file cannot be deleted, and stays for the next start.
            _context.Logger.OutboxDiskFailed(e.Message);
        }
        finally
        {
            End(DispatchResult.Waiting);
        }
    }

    /// <summary>Withdraws the measurement when it has not begun. It is released as soon as the database answers.</summary>
    public void Withdraw()
    {
        if (TryMove(OutboxState.Withdrawn, from: OutboxState.Reserved))
            _withdrawn.Cancel();
    }

    public void Dispose() => _withdrawn.Dispose();

    private async Task ProduceOrReleaseAsync()
    {
        if (!await TryBeginAsync())
        {
            await ReleaseAsync();
            return;
        }
        try
        {
            await ProduceAsync();
        }
        catch (IOException e)
        {
            _context.Logger.OutboxDiskFailed(e.Message);
            await GiveUpAsync(0, 0, e.Message);
        }
        finally
        {
            _context.Slots.Release();
        }
    }

    // Waits for a slot. Returns false, without a slot, when the run is withdrawn before.
    private async Task<bool> TryBeginAsync()
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(_context.Stopping, _withdrawn.Token);
        try
        {
            await _context.Slots.WaitAsync(turn.Token);
        }
        catch (OperationCanceledException) when (_withdrawn.IsCancellationRequested)
        {
            return false;
        }
        if (TryMove(OutboxState.Begun, from: OutboxState.Reserved) || Is(OutboxState.Promised))
            return true;
        _context.Slots.Release();
        return false;
    }

    private async Task ProduceAsync()
    {
        using var batches = new ProbeBatches(_context.Folder, _entry);
        for (int batch = _entry.BatchesSent; batch < batches.Count; batch++)
        {
            var result = await SendAsync(batches, batch);
            if (Is(OutboxState.Withdrawn))
            {
                await ReleaseAsync();
                return;
            }
            if (result != SendResult.Acknowledged)
            {
                string reason = result == SendResult.Refused ? "the broker refuses it" : "its deadline has passed";
                await GiveUpAsync(batch, batches.Count, reason);
                return;
            }
            // CompleteAsync records the last batch.
            if (batch < batches.Count - 1)
                await NoteAsync(batch + 1, batch + 1);
        }
        await CompleteAsync();
        End(DispatchResult.Sent);
    }

    // Sends one batch until it is acknowledged, refused, or too late. It returns after a failed first attempt too: that withdraws
    // the run.
    private async Task<SendResult> SendAsync(ProbeBatches batches, int batch)
    {
        while (_context.Time.GetUtcNow() < _entry.Deadline)
        {
            _context.Stopping.ThrowIfCancellationRequested();
            var result = await _context.Producer.SendAsync(batches.Read(batch), _context.Abort);
            if (result is SendResult.Acknowledged or SendResult.MaybeSent)
            {
                Promise();
                _sending.TrySetResult();
            }
            else
                TryMove(OutboxState.Withdrawn, from: OutboxState.Begun);
            if (result is SendResult.Acknowledged or SendResult.Refused || Is(OutboxState.Withdrawn))
                return result;
            if (result == SendResult.MaybeSent)
                await NoteAsync(batch + 1, batch);
            await Task.Delay(RetryPause, _context.Time, _context.Stopping);
        }
        return SendResult.NotSent;
    }

    private Task NoteAsync(int begun, int sent) =>
        StoreAsync(() => _context.Store.NoteBatchesAsync(_entry.MeasurementId, begun, sent, _context.Abort));

    private async Task ReleaseAsync()
    {
        // Without its file the measurement cannot be sent, whatever happens before the database has released it.
        _context.Folder.Delete(_entry.ProbesFile);
        var released = StoreAsync(() => _context.Store.ReleaseAsync(_entry.MeasurementId, _context.Abort));
        await Task.WhenAny(released, Task.Delay(ReleasePatience, _context.Time, _context.Abort));
        End(DispatchResult.NotSent);
        await released;
        _context.Logger.MeasurementReleased(_entry.MeasurementId);
    }

    private async Task GiveUpAsync(int sent, int batches, string reason)
    {
        _context.Logger.MeasurementGivenUp(_entry.MeasurementId, sent, batches, reason);
        await StoreAsync(() => _context.Store.CancelMeasurementAsync(
            _entry.UserHash, _entry.MeasurementId, _context.Time.GetUtcNow(), _context.Abort));
        await CompleteAsync();
    }

    private async Task CompleteAsync()
    {
        await StoreAsync(() => _context.Store.CompleteOutboxAsync(_entry.MeasurementId, _context.Abort));
        _context.Folder.Delete(_entry.ProbesFile);
    }

    // Repeats the change until the database has done it.
    private async Task StoreAsync(Func<Task> change)
    {
        while (true)
        {
            try
            {
                await change();
                return;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                _context.Logger.OutboxStoreFailed(e.Message);
            }
            await Task.Delay(RetryPause, _context.Time, _context.Abort);
        }
    }

    // Returns whether the run is Promised.
    private bool Promise() => TryMove(OutboxState.Promised, OutboxState.Reserved, OutboxState.Begun) || Is(OutboxState.Promised);

    private void End(DispatchResult result)
    {
        TryMove(OutboxState.Ended, OutboxState.Reserved, OutboxState.Begun, OutboxState.Promised, OutboxState.Withdrawn);
        _result.TrySetResult(result);
    }

    private bool TryMove(OutboxState to, params ReadOnlySpan<OutboxState> from)
    {
        lock (_gate)
        {
            if (!from.Contains(_state))
                return false;
            _state = to;
            return true;
        }
    }

    private bool Is(OutboxState state)
    {
        lock (_gate)
            return _state == state;
    }
}
