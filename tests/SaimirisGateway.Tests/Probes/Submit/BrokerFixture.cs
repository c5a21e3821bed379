using Shared.Delivery.Kafka;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>Starts an embedded broker with the probes' topic, and a submission bench on SQLite with it.</summary>
public sealed class BrokerFixture : IAsyncDisposable
{
    private readonly EmbeddedBroker _broker = new();
    private readonly SemaphoreSlim _starting = new(1, 1);
    private SubmissionBench? _bench;

    public BrokerFixture() => _broker.CreateTopic(SubmissionBench.Topic, 4);

    public string Bootstrap => _broker.Bootstrap;

    internal async Task<SubmissionBench> BenchAsync()
    {
        await _starting.WaitAsync();
        try
        {
            return _bench ??= await SubmissionBench.StartAsync(Bootstrap);
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_bench is not null)
            await _bench.DisposeAsync();
        _broker.Dispose();
        _starting.Dispose();
    }
}
