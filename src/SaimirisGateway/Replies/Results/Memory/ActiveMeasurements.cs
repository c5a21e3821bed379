using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>
/// Knows the measurements whose replies are stored: those that are active, or ended a short time ago. It reads them from the store
/// periodically, because agents and other gateways end them there. A measurement that begins here is known before its first probe is sent.
/// </summary>
internal sealed class ActiveMeasurements(ResultOptions options, GatewayStore store, ReplyMemory memory, ILogger logger, TimeProvider time)
    : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private IReadOnlyList<ActiveSource> _stored = [];
    private List<ActiveSource> _begun = [];
    private HashSet<Guid> _all = [];
    private Task? _refreshing;

    /// <summary>Reads the store once, and then periodically.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await RefreshAsync(cancel);
        _refreshing = RefreshPeriodicallyAsync();
    }

    /// <summary>True while replies to the measurement are stored.</summary>
    public bool Contains(Guid measurement)
    {
        lock (_gate)
            return _all.Contains(measurement);
    }

    public void Add(NewMeasurement measurement)
    {
        lock (_gate)
        {
            _begun.AddRange(measurement.Agents.Select(agent => new ActiveSource(agent.AgentId, agent.SourceAddress, measurement.Id)));
            Publish();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_refreshing is not null)
            await _refreshing;
        _end.Dispose();
    }

    private async Task RefreshAsync(CancellationToken cancel)
    {
        List<ActiveSource> begun;
        lock (_gate)
            begun = [.. _begun];
        var stored = await store.ListActiveSourcesAsync(time.GetUtcNow() - options.LateReplies, cancel);
        lock (_gate)
        {
            // The store's answer has the measurements that began before the question, unless they have ended.
            _begun = [.. _begun.Skip(begun.Count)];
            _stored = stored;
            Publish();
        }
    }

    private async Task RefreshPeriodicallyAsync()
    {
        using var timer = new PeriodicTimer(options.RefreshInterval, time);
        bool isFailing = false;
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                try
                {
                    await RefreshAsync(_end.Token);
                    isFailing = false;
                }
                // Any exception of the store's driver: the known measurements stay until the next refresh.
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    if (!isFailing)
                        logger.ActiveMeasurementsNotRead(e.Message);
                    isFailing = true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    private void Publish()
    {
        var all = _stored.Concat(_begun).ToList();
        _all = [.. all.Select(source => source.MeasurementId)];
        memory.SetActive(all.GroupBy(source => source.AgentId).ToDictionary(
            agent => agent.Key,
            agent => new AgentMeasurements(agent.Key, agent.Select(s => (Ipv6Address.From(s.SourceAddress), s.MeasurementId)))));
    }
}
