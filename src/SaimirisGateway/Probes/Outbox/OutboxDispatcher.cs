using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Delivery.Kafka;
using Shared.Hosting.Service;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>
/// Produces every reserved measurement to the topic: those of this process, and after a start those that an earlier process did not
/// complete. It cancels measurements whose deadline has passed.
/// </summary>
/// <param name="kafka">The brokers. When Kafka is off, nobody calls <see cref="StartAsync"/>.</param>
internal sealed class OutboxDispatcher(
    OutboxOptions options, KafkaOptions kafka, GatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time)
        : IAsyncDisposable
{
    private const int MaxRuns = 16;

    // When the service ends, a batch under way gets this time. Without it, the next start would send the batch twice.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(30), FollowPeriod = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Guid, (OutboxRun Run, Task Task)> _runs = [];
    private readonly CancellationTokenSource _stopping = new(), _abort = new();
    private readonly SemaphoreSlim _slots = new(MaxRuns);
    private OutboxFolder? _folder;
    private ProbeProducer? _producer;
    private OutboxContext? _context;
    private Task _sweep = Task.CompletedTask;

    public OutboxOptions Options => options;

    /// <summary>True while the dispatcher accepts measurements.</summary>
    public bool IsRunning => _context is not null && !_stopping.IsCancellationRequested;

    /// <exception cref="StartupException">The folder cannot be used, or librdkafka refuses the settings.</exception>
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
        // Several gateways may use one database: their entries are in it too, but their files are not in this folder.
        var own = entries.Where(entry => _folder.Contains(entry.ProbesFile)).ToList();
        logger.OutboxOpened(own.Count, options.Directory, orphans);
        _context = new OutboxContext(_folder, _producer, store, _slots, logger, time, _stopping.Token, _abort.Token);
        own.ForEach(entry => Begin(entry, isResumed: true));
        _sweep = SweepAsync();
    }

    /// <summary>Stops. Measurements that are not sent stay in the outbox.</summary>
    public async Task StopAsync(CancellationToken abort)
    {
        await _stopping.CancelAsync();
        var runs = Task.WhenAll(_runs.Values.Select(run => run.Task).Append(_sweep));
        await Task.WhenAny(runs, Task.Delay(Drain, time, abort));
        await _abort.CancelAsync();
        await runs;
    }

    /// <summary>Creates the file for the probes of a new measurement.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public ProbesFileWriter CreateFile(Guid measurementId) => _folder!.Create(measurementId);

    /// <summary>Deletes the file of a measurement that was not reserved.</summary>
    public void Discard(string file) => _folder!.Delete(file);

    /// <summary>
    /// Sends a measurement that was just reserved. Returns at its end, or after <see cref="OutboxOptions.AnswerTimeout"/>.
    /// </summary>
    public Task<DispatchResult> DispatchAsync(OutboxEntry entry) => Begin(entry, isResumed: false).AnswerAsync(options.AnswerTimeout);

    /// <summary>Waits for the end of a measurement that was reserved before, at most <see cref="OutboxOptions.AnswerTimeout"/>.</summary>
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
            // The request that reserved it has not dispatched it yet, or another gateway sends it.
            if (_stopping.IsCancellationRequested || time.GetElapsedTime(start) >= options.AnswerTimeout)
                return DispatchResult.Waiting;
            await Task.Delay(FollowPeriod, time, cancel);
        }
    }

    /// <summary>Releases a measurement as soon as the database answers. It is unknown whether the database has reserved it.</summary>
    public void Undo(OutboxEntry entry) => Begin(entry, isResumed: false, isWithdrawn: true);

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _producer?.Dispose();
        _folder?.Dispose();
        _slots.Dispose();
        _stopping.Dispose();
        _abort.Dispose();
    }

    private OutboxRun Begin(OutboxEntry entry, bool isResumed, bool isWithdrawn = false)
    {
        var run = new OutboxRun(_context!, entry, isResumed);
        if (isWithdrawn)
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
                // No run of this process has it: its file is gone, or so is the gateway that reserved it.
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

/// <summary>The progress of a reserved measurement when its user is answered.</summary>
internal enum DispatchResult
{
    /// <summary>Kafka has acknowledged every batch.</summary>
    Sent,

    /// <summary>It stays in the outbox, and is sent as soon as the broker accepts it.</summary>
    Waiting,

    /// <summary>Nothing was sent or will be sent, and the quota is free again.</summary>
    NotSent,
}
