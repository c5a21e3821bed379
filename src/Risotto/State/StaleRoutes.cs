using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Risotto.Curate;
using Risotto.Pipeline;
using Risotto.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace Risotto.State;

/// <summary>
/// Withdraws the routes whose time is over: those of routers that did not come back, and those that a router did not repeat before it
/// became silent. It also finds the views whose owner is silent while another session reports them. It runs one task for each shard:
/// while one waits for a free batch, the others continue.
/// </summary>
internal sealed class StaleRoutes(
    Curation curation, RouterRegistry routers, TopicWriter updates, CollectorIdentity collector, ILogger logger, TimeProvider time)
        : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Routers with too many routes that the log has reported already.
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
                foreach (var router in routers.All())
                {
                    if (updates.ShardOf(router.ShardHash) == shard)
                        await VisitAsync(router, shard);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private async Task VisitAsync(RouterState router, ShardWriter shard)
    {
        var withdrawals = new Withdrawals(router, shard, collector, curation.Counters);
        while (true)
        {
            lock (shard.Gate)
            {
                if (TryEndDue(router.Rib!, withdrawals))
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

    /// <summary>Withdraws what is due, in parts; true when nothing more is. The caller holds the gate of the shard.</summary>
    internal bool TryEndDue(RouterRib router, Withdrawals withdrawals)
    {
        ulong nowNs = UnixTime.NowNs(time);
        bool isReleased = false;
        foreach (var view in router.Views)
        {
            if (view.TakeOwnerIsSilent(curation.Options.Silence))
                router.CloseOthers(view);
            if (view.HoldEndsAt <= curation.Time.Now)
            {
                if (!withdrawals.TryWithdraw(view, WithdrawCause.SessionLost, nowNs))
                    return false;
                view.Release(holdEndsAt: null);
                isReleased = true;
            }
            if (view.IsSweepDue() && !withdrawals.TrySweep(view, WithdrawCause.SweepTimer, nowNs))
                return false;
            if (view.NeedsTrim && !view.Trim())
                return false;
        }
        if (isReleased)
            router.Prune();
        return true;
    }
}
