using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Risotto.Listen;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.Pipeline;

/// <summary>
/// Withdraws what time alone ends: the routes of routers that do not come back, and those that a router did not repeat where
/// no End-of-RIB says so. One task a shard: where one waits for a free batch, the others go on.
/// </summary>
internal sealed class StaleRoutes(
    Curation curation, RouterTable routers, TopicWriter updates, CollectorIdentity collector, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Routers that have been said to have too many routes, and still have.
    private readonly ConcurrentDictionary<RouterState, bool> _full = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    public void Start() => _run = Task.WhenAll(updates.Shards.Select(shard => Task.Run(() => WatchAsync(shard))));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task WatchAsync(ShardWriter shard)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                foreach (var router in routers.States())
                {
                    if (updates.ShardOf(router.ShardHash) == shard)
                        await VisitAsync(router, shard);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task VisitAsync(RouterState router, ShardWriter shard)
    {
        var withdraws = new WithdrawStages(router, shard, collector, curation.Counters);
        ulong nowNs = UnixTime.NowNs(time);
        while (true)
        {
            lock (shard.Gate)
            {
                if (TryEndDue(router.Rib!, withdraws, nowNs))
                    break;
            }
            await shard.SpaceAvailable.WaitAsync(_stop.Token);
            await Task.Yield();
        }
        if (router.Rib!.Count.HasRoom)
            _full.TryRemove(router, out _);
        else if (_full.TryAdd(router, true))
            logger.TooManyRoutes(router.Address.ToString(), curation.Options.MaxRoutes);
    }

    // True: nothing more is due.
    private static bool TryEndDue(RouterRib router, WithdrawStages withdraws, ulong nowNs)
    {
        bool ended = false;
        foreach (var view in router.Views)
        {
            if (view.HoldEndsAt <= nowNs)
            {
                if (!withdraws.TryWithdraw(view, WithdrawCause.SessionLost, nowNs))
                    return false;
                view.Release(holdEndsAt: null);
                ended = true;
            }
            if (view.SweepAt <= nowNs && !withdraws.TrySweep(view, WithdrawCause.SweepTimer, nowNs))
                return false;
            if (view.NeedsTrim && !view.Trim())
                return false;
        }
        if (ended)
            router.Prune();
        return true;
    }
}
