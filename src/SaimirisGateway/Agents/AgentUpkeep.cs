using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Agents;

/// <summary>
/// Removes agents that were not heard of for ten minutes, every five minutes, and keeps the gauge of those that are there. The first removal is
/// ten minutes after the start: after a pause of the gateway agents have had no chance to be heard of.
/// </summary>
internal sealed class AgentUpkeep(IGatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(15), RemoveEvery = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public Task StartAsync()
    {
        _running = RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken abort)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(abort);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(CountEvery, time);
        var nextRemoval = time.GetUtcNow() + AgentFreshness.MaxAge;
        try
        {
            do
            {
                var now = time.GetUtcNow();
                bool isDue = now >= nextRemoval;
                if (isDue)
                    nextRemoval = now + RemoveEvery;
                await LookAsync(now, isDue, stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The service ends.
        }
    }

    private async Task LookAsync(DateTimeOffset now, bool removes, CancellationToken stop)
    {
        try
        {
            int removed = removes ? await store.RemoveAgentsAsync(now - AgentFreshness.MaxAge, stop) : 0;
            if (removed > 0)
                logger.AgentsRemoved(removed);
            var agents = await store.ListAgentsAsync(stop);
            metrics.SetActiveAgents(agents.Count(agent => agent.IsFresh(now)));
        }
        catch (DbException e)
        {
            logger.UpkeepFailed(e.Message);
        }
    }
}
