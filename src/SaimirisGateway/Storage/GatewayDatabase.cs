using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Telemetry;
using Shared.Hosting.Service;

namespace SaimirisGateway.Storage;

/// <summary>
/// The store's life: the start waits until the database answers and is migrated; from then on it is looked at every few seconds whether it
/// still answers, for <c>/readyz</c>.
/// </summary>
internal sealed class GatewayDatabase(DatabaseUrl url, ILogger logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(2), LookEvery = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _watch = Task.CompletedTask;
    private volatile string? _notReady = "database: the service starts or ends";

    public IGatewayStore Store { get; } = url.OpenStore(time);

    /// <summary>Null: it answers.</summary>
    public string? NotReady => _notReady;

    /// <exception cref="StartupException">The database answers, and cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        while (!await TryMigrateAsync(cancel))
            await Task.Delay(TryAgain, time, cancel);
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
            throw new StartupException($"--database-url: {url.Target} cannot be used ({e.Message}); correct the URL, or the rights of its user", e);
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
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
