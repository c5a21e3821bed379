using System.Data.Common;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// The way of one reserved measurement into the topic: its batches one after the other, the next when the one before is acknowledged. It ends
/// with all of them there; or released, as long as nothing of it can have been sent and nobody was promised that it will be; or given up and
/// cancelled, at its deadline or when the broker refuses it for good.
/// </summary>
/// <param name="context">What every run uses.</param>
/// <param name="entry">What is reserved.</param>
/// <param name="isResumed">An earlier process began it.</param>
internal sealed class OutboxRun(OutboxContext context, OutboxEntry entry, bool isResumed) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500), StorePatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<DispatchResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _withdrawn = new();
    private bool _hasBegun, _isWithdrawn, _isPromised = isResumed;

    /// <summary>What the user is told, after about <paramref name="patience"/> at the latest.</summary>
    public async Task<DispatchResult> AnswerAsync(TimeSpan patience)
    {
        await Task.WhenAny(_result.Task, Task.Delay(patience, context.Time, context.Stopping));
        if (!_result.Task.IsCompleted && !context.Stopping.IsCancellationRequested)
            Withdraw();
        // The client tells soon whether the first batch has left it; until then it is not known whether there is something to wait for.
        await Task.WhenAny(_result.Task, _underWay.Task, Task.Delay(patience, context.Time, context.Stopping));
        return _result.Task.IsCompleted || !TryPromise() ? await _result.Task : DispatchResult.Waiting;
    }

    public async Task RunAsync()
    {
        try
        {
            await EndOrReleaseAsync();
        }
        catch (OperationCanceledException)
        {
            // The service ends; the measurement stays in the outbox for the next start.
        }
        catch (IOException e)
        {
            // Its file cannot be deleted: so it stays, for the next start.
            context.Logger.OutboxDiskFailed(e.Message);
        }
        finally
        {
            _result.TrySetResult(DispatchResult.Waiting);
        }
    }

    /// <summary>Nothing of it is to be sent: it is released as soon as the database answers.</summary>
    public void Withdraw()
    {
        if (TryWithdraw(onlyBeforeBegin: true))
            _withdrawn.Cancel();
    }

    public void Dispose() => _withdrawn.Dispose();

    private async Task EndOrReleaseAsync()
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
            context.Logger.OutboxDiskFailed(e.Message);
            await GiveUpAsync(0, 0, e.Message);
        }
        finally
        {
            context.Slots.Release();
        }
    }

    // False: it was withdrawn before its turn.
    private async Task<bool> TryBeginAsync()
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(context.Stopping, _withdrawn.Token);
        try
        {
            await context.Slots.WaitAsync(turn.Token);
        }
        catch (OperationCanceledException) when (_withdrawn.IsCancellationRequested)
        {
            return false;
        }
        lock (_gate)
            _hasBegun = !_isWithdrawn;
        if (!_hasBegun)
            context.Slots.Release();
        return _hasBegun;
    }

    private async Task ProduceAsync()
    {
        using var batches = new ProbeBatches(context.Folder, entry);
        for (int batch = entry.BatchesSent; batch < batches.Count; batch++)
        {
            var outcome = await SendAsync(batches, batch);
            if (outcome != SendOutcome.Acknowledged)
            {
                string reason = outcome == SendOutcome.Refused ? "the broker refuses it" : "its deadline has passed";
                await (_isWithdrawn ? ReleaseAsync() : GiveUpAsync(batch, batches.Count, reason));
                return;
            }
            // The end of it all is noted as such.
            if (batch < batches.Count - 1)
                await NoteAsync(batch + 1, batch + 1);
        }
        await EndAsync();
        _result.TrySetResult(DispatchResult.Sent);
    }

    // Until it is acknowledged, refused for good, or too late; or withdrawn, which is possible while none was acknowledged and none may be sent.
    private async Task<SendOutcome> SendAsync(ProbeBatches batches, int batch)
    {
        var outcome = SendOutcome.NotSent;
        while (context.Time.GetUtcNow() < entry.Deadline)
        {
            context.Stopping.ThrowIfCancellationRequested();
            outcome = await context.Producer.SendAsync(batches.Read(batch), context.Abort);
            if (outcome is SendOutcome.Acknowledged or SendOutcome.MaybeSent && TryPromise())
                _underWay.TrySetResult();
            if (outcome == SendOutcome.Acknowledged)
                return outcome;
            if (outcome == SendOutcome.MaybeSent)
                await NoteAsync(batch + 1, batch);
            else if (TryWithdraw(onlyBeforeBegin: false) || outcome == SendOutcome.Refused)
                return outcome;
            await Task.Delay(Pause, context.Time, context.Stopping);
        }
        return SendOutcome.NotSent;
    }

    private Task NoteAsync(int begun, int sent) => StoreAsync(() => context.Store.NoteBatchesAsync(entry.MeasurementId, begun, sent, context.Abort));

    private async Task ReleaseAsync()
    {
        // Without its file it will not be sent, whatever happens before the database has taken the release.
        context.Folder.Delete(entry.ProbesFile);
        var released = StoreAsync(() => context.Store.ReleaseAsync(entry.MeasurementId, context.Abort));
        await Task.WhenAny(released, Task.Delay(StorePatience, context.Time, context.Abort));
        _result.TrySetResult(DispatchResult.NotSent);
        await released;
        context.Logger.MeasurementReleased(entry.MeasurementId);
    }

    private async Task GiveUpAsync(int sent, int batches, string reason)
    {
        context.Logger.MeasurementGivenUp(entry.MeasurementId, sent, batches, reason);
        await StoreAsync(() => context.Store.CancelMeasurementAsync(entry.UserHash, entry.MeasurementId, context.Time.GetUtcNow(), context.Abort));
        await EndAsync();
    }

    private async Task EndAsync()
    {
        await StoreAsync(() => context.Store.CompleteOutboxAsync(entry.MeasurementId, context.Abort));
        context.Folder.Delete(entry.ProbesFile);
    }

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
                context.Logger.OutboxStoreFailed(e.Message);
            }
            await Task.Delay(Pause, context.Time, context.Abort);
        }
    }

    private bool TryWithdraw(bool onlyBeforeBegin)
    {
        lock (_gate)
            return _isWithdrawn |= !_isPromised && !(onlyBeforeBegin && _hasBegun);
    }

    private bool TryPromise()
    {
        lock (_gate)
            return _isPromised |= !_isWithdrawn;
    }
}
