using System.Data.Common;
using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Agents;

/// <summary>
/// Removes the agents that were silent for ten minutes, every five minutes, and sets the gauge of active agents. The first removal is ten
/// minutes after the start, so that agents can report after the gateway was down.
/// </summary>
internal sealed class AgentCleanup(GatewayStore store, GatewayMetrics metrics, ILogger logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CountPeriod = TimeSpan.FromSeconds(15), RemovalPeriod = TimeSpan.FromMinutes(5);

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
        using var timer = new PeriodicTimer(CountPeriod, time);
        var nextRemoval = time.GetUtcNow() + AgentFreshness.MaxAge;
        try
        {
            do
            {
                var now = time.GetUtcNow();
                bool isDue = now >= nextRemoval;
                if (isDue)
                    nextRemoval = now + RemovalPeriod;
                await CheckAsync(now, isDue, stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The service ends.
        }
    }

    private async Task CheckAsync(DateTimeOffset now, bool removes, CancellationToken stop)
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
