using BrokerProcess;

namespace Shared.Tests.Delivery.Kafka;

public class ExternalBrokerTests
{
    [Fact]
    public async Task A_broker_in_a_process_of_its_own_outlives_the_sink_and_goes_down_and_up()
    {
        using var broker = new ExternalBroker($"{SinkUnderTest.Topic}:3");
        await using (var first = new SinkUnderTest(broker.Bootstrap))
            await first.WriteBatchesAsync(0, 0, 5);
        broker.SetDown();
        await using (var second = new SinkUnderTest(broker.Bootstrap))
        {
            await second.WriteBatchesAsync(0, 5, 4);
            await second.Log.NextAsync(201);
            broker.SetUp();
            await second.Log.NextAsync(200);
        }
        using var reader = new TopicReader(broker.Bootstrap, SinkUnderTest.Topic, 3);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => (long)i), reader.ReadNumbers(9));
    }
}
