using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Hosting.Service;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// Brings every reserved measurement into the topic: those of this process, and after a start those that an earlier one left behind. Ends
/// measurements whose deadline has passed.
/// </summary>
/// <param name="options">Folder, topic and times.</param>
/// <param name="kafka">How to reach the brokers; switched off: there is nothing to dispatch, and <see cref="StartAsync"/> is not called.</param>
internal sealed class OutboxDispatcher(OutboxOptions options, KafkaOptions kafka, IGatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private const int RunsAtATime = 16;

    // A batch under way is given this long when the service ends; without it the next start would send it twice.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2), SweepPeriod = TimeSpan.FromSeconds(30), LookAgain = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Guid, (OutboxRun Run, Task Task)> _runs = [];
    private readonly CancellationTokenSource _stopping = new(), _abort = new();
    private readonly SemaphoreSlim _slots = new(RunsAtATime);
    private OutboxFolder? _folder;
    private ProbeProducer? _producer;
    private OutboxContext? _context;
    private Task _sweep = Task.CompletedTask;

    public OutboxOptions Options => options;

    /// <summary>Measurements can be taken.</summary>
    public bool IsRunning => _context is not null && !_stopping.IsCancellationRequested;

    /// <exception cref="StartupException">The folder cannot be used, or the client refuses the settings.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        _folder = new OutboxFolder(options.Directory);
        try
        {
            _producer = new ProbeProducer(options, kafka, metrics, logger, time);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"--kafka-*: {e.Message}", e);
        }
        var entries = await store.ListOutboxAsync(cancel);
        int orphans = _folder.DeleteAllBut(entries.Select(entry => entry.ProbesFile));
        // With several gateways on one database the others' entries are here too; their files are not.
        var own = entries.Where(entry => _folder.Contains(entry.ProbesFile)).ToList();
        logger.OutboxOpened(own.Count, options.Directory, orphans);
        _context = new OutboxContext(_folder, _producer, store, _slots, logger, time, _stopping.Token, _abort.Token);
        own.ForEach(entry => Begin(entry, isResumed: true));
        _sweep = SweepAsync();
    }

    /// <summary>What is not sent stays in the outbox.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        await _stopping.CancelAsync();
        var runs = Task.WhenAll(_runs.Values.Select(run => run.Task).Append(_sweep));
        await Task.WhenAny(runs, Task.Delay(Drain, time, abort));
        await _abort.CancelAsync();
        await runs;
    }

    /// <summary>A file for the probes of a new measurement.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public ProbesFileWriter CreateFile(Guid measurementId) => _folder!.Create(measurementId);

    /// <summary>The measurement was not reserved.</summary>
    public void Discard(string file) => _folder!.Delete(file);

    /// <summary>Sends a measurement that was just reserved; returns with its end, or when the user's patience is over.</summary>
    public Task<DispatchResult> DispatchAsync(OutboxEntry entry) => Begin(entry, isResumed: false).AnswerAsync(options.AnswerTimeout);

    /// <summary>How it stands with a measurement that was reserved before: its end, or waiting when the user's patience is over.</summary>
    public async Task<DispatchResult> FollowAsync(Guid measurementId, CancellationToken cancel)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            if (_runs.TryGetValue(measurementId, out var known))
                return await known.Run.AnswerAsync(options.AnswerTimeout);
            var entries = await store.ListOutboxAsync(cancel);
            if (entries.All(entry => entry.MeasurementId != measurementId))
                return DispatchResult.Sent;
            // The request that reserved it is not yet at its dispatch, or another gateway sends it.
            if (_stopping.IsCancellationRequested || time.GetElapsedTime(start) >= options.AnswerTimeout)
                return DispatchResult.Waiting;
            await Task.Delay(LookAgain, time, cancel);
        }
    }

    /// <summary>It is unknown whether the database has taken the reservation: takes it back as soon as the database answers.</summary>
    public void Undo(OutboxEntry entry) => Begin(entry, isResumed: false, isUndone: true);

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _producer?.Dispose();
        _folder?.Dispose();
        _slots.Dispose();
        _stopping.Dispose();
        _abort.Dispose();
    }

    private OutboxRun Begin(OutboxEntry entry, bool isResumed, bool isUndone = false)
    {
        var run = new OutboxRun(_context!, entry, isResumed);
        if (isUndone)
            run.Withdraw();
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _runs[entry.MeasurementId] = (run, RunAsync());
        listed.SetResult();
        return run;

        async Task RunAsync()
        {
            await listed.Task;
            await run.RunAsync();
            _runs.TryRemove(entry.MeasurementId, out _);
            run.Dispose();
        }
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(SweepPeriod, time);
        try
        {
            do
                await EndOverdueAsync();
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    private async Task EndOverdueAsync()
    {
        try
        {
            var now = time.GetUtcNow();
            if (await store.ExpireAsync(now, _stopping.Token) is var rows and > 0)
                logger.MeasurementsExpired(rows);
            foreach (var entry in await store.ListOutboxAsync(_stopping.Token))
            {
                // Of another gateway that is gone, or without its file.
                if (entry.Deadline > now || _runs.ContainsKey(entry.MeasurementId))
                    continue;
                await store.CompleteOutboxAsync(entry.MeasurementId, _stopping.Token);
                _folder!.Delete(entry.ProbesFile);
            }
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException)
        {
            logger.OutboxStoreFailed(e.Message);
        }
    }
}
