using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Service;

namespace SaimirisGateway.Storage;

/// <summary>
/// Opens the store: the start waits until the database answers, and migrates it. After that it asks every five seconds whether the database
/// still answers, for <c>/readyz</c>.
/// </summary>
internal sealed class GatewayDatabase(DatabaseUrl url, ILogger logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2), WatchPeriod = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _watch = Task.CompletedTask;
    private volatile string? _notReady = "database: the service starts or ends";

    public GatewayStore Store { get; } = url.OpenStore(time);

    /// <summary>The problem, for <c>/readyz</c>; null while the database answers.</summary>
    public string? NotReady => _notReady;

    /// <exception cref="StartupException">The database answers, but the gateway cannot use it.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        while (!await TryMigrateAsync(cancel))
            await Task.Delay(RetryPause, time, cancel);
        logger.DatabaseOpened(url.Target);
        _notReady = null;
        _watch = WatchAsync(_stop.Token);
    }

    public async Task StopAsync(CancellationToken abort)
    {
        await _stop.CancelAsync();
        await _watch.WaitAsync(abort);
        await Store.DisposeAsync();
    }

    public void Dispose() => _stop.Dispose();

    private async Task<bool> TryMigrateAsync(CancellationToken cancel)
    {
        try
        {
            await Store.MigrateAsync(cancel);
            return true;
        }
        catch (Exception e) when ((e as DbException ?? e.InnerException as DbException) is { IsTransient: true } cause)
        {
            _notReady = "database: does not answer yet";
            logger.DatabaseAwaited(url.Target, cause.Message);
            return false;
        }
        catch (DbException e)
        {
            throw new StartupException(
                $"--database-url: {url.Target} cannot be used ({e.Message}); correct the URL, or the rights of its user", e);
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(WatchPeriod, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                bool isReachable = await Store.IsReachableAsync(stop);
                if (isReachable == (_notReady is null))
                    continue;
                _notReady = isReachable ? null : "database: does not answer";
                if (isReachable)
                    logger.DatabaseBack(url.Target);
                else
                    logger.DatabaseLost(url.Target);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The service ends.
        }
    }
}
