using BrokerProcess;
using Confluent.Kafka;
using EndToEnd.Tests.Faults;
using Load.Arrivals;
using Load.Send;

namespace EndToEnd.Tests.Arrivals;

/// <summary>Tests that the checks of arrivals notice what is wrong.</summary>
[Collection(nameof(FullLoad))]
public sealed class TopicArrivalsTests
{
    private const string Topic = "risotto-updates";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_record_of_a_sender_arrives_under_its_router_once_and_in_order()
    {
        using var broker = new ExternalBroker($"{Topic}:4");
        using var arrivals = new TopicArrivals(broker.Bootstrap, Topic, 4);
        await using var risotto = await RisottoProcess.StartAsync("--kafka-brokers", broker.Bootstrap, "--collector-id", "one",
            "--kafka-compression", "zstd");
        await using var sender = new BmpSender(routers: 3, seed: 1, prefixesPerUpdate: 2);
        await sender.StartAsync(risotto.Bmp, 30_000);
        await arrivals.WaitForAsync(20_000, Patience);
        await sender.StopAsync();
        await arrivals.WaitForAsync(sender.Records, Patience);
        Assert.Empty(sender.Closed);
        Assert.Equal(
            sender.Routers.Select(router => ("one", router.Address.ToString(), router.Records, 0L, 0L, 0L)).Order(),
            arrivals.Query(sources => sources.Select(s => (s.Key.Collector, s.Key.Router.ToString(), s.Value.Distinct, s.Value.Missing,
                s.Value.Duplicates, s.Value.Late)).Order().ToArray()));
    }

    [Fact]
    public async Task Messages_that_the_broker_has_forgotten_are_noticed()
    {
        using var broker = new ExternalBroker($"{Topic}:1");
        using (var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build())
        {
            // The broker keeps about 5 MiB.
            for (int i = 0; i < 20; i++)
                await producer.ProduceAsync(Topic, new Message<Null, byte[]> { Value = new byte[900_000] },
                    TestContext.Current.CancellationToken);
        }
        using var arrivals = new TopicArrivals(broker.Bootstrap, Topic, 1);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => arrivals.WaitForAsync(1, Patience));
        Assert.IsType<ConsumeException>(failure.InnerException);
    }

    [Fact]
    public async Task A_value_that_is_no_record_is_noticed()
    {
        using var broker = new ExternalBroker($"{Topic}:1");
        using (var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build())
            await producer.ProduceAsync(Topic, new Message<Null, byte[]> { Value = [1, 2, 3] }, TestContext.Current.CancellationToken);
        using var arrivals = new TopicArrivals(broker.Bootstrap, Topic, 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => arrivals.WaitForAsync(1, Patience));
    }
}
