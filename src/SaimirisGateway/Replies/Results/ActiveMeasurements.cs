using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;
using SaimirisGateway.Telemetry;
using Shared.Records.Wire;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// Which replies are kept: those of measurements that are active or have ended a short while ago. They are read from the store again and
/// again, because agents and other gateways end them there; one that begins here is known before its first probe leaves.
/// </summary>
internal sealed class ActiveMeasurements(ResultOptions options, IGatewayStore store, KeptReplies kept, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private IReadOnlyList<ActiveSource> _stored = [];
    private List<ActiveSource> _begun = [];
    private HashSet<Guid> _all = [];
    private Task? _refreshing;

    /// <summary>Reads the store once, then goes on reading it.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await RefreshAsync(cancel);
        _refreshing = RefreshAgainAsync();
    }

    /// <summary>Replies to it are still taken.</summary>
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

    public async Task RefreshAsync(CancellationToken cancel)
    {
        List<ActiveSource> begun;
        lock (_gate)
            begun = [.. _begun];
        var stored = await store.ListActiveSourcesAsync(time.GetUtcNow() - options.LateReplies, cancel);
        lock (_gate)
        {
            // What began before the store was asked is in its answer, or has ended already.
            _begun = [.. _begun.Skip(begun.Count)];
            _stored = stored;
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

    private async Task RefreshAgainAsync()
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
                // Whatever the store's driver throws: what was known stays, and is read again soon.
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
        kept.SetTaps(all.GroupBy(source => source.AgentId).ToDictionary(
            agent => agent.Key, agent => new AgentTap(kept, agent.Key, agent.Select(s => (Ipv6Address.From(s.SourceAddress), s.MeasurementId)))));
    }
}
