using BrokerProcess;
using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace Shared.Tests.Delivery.Kafka;

public class EmbeddedBrokerTests
{
    [Fact]
    public void Producer_and_embedded_broker_use_the_same_packaged_file_in_the_expected_version()
    {
        Librdkafka.EnsureLoaded();
        Assert.Equal("2.16.0", Library.VersionString);
        Assert.StartsWith(AppContext.BaseDirectory, Librdkafka.Path, StringComparison.Ordinal);
        using var broker = new EmbeddedBroker();
        if (OperatingSystem.IsLinux())
        {
            var mapped = File.ReadLines("/proc/self/maps").Where(line => line.Contains("rdkafka", StringComparison.Ordinal))
                .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct();
            Assert.Equal([Librdkafka.Path], mapped);
        }
    }

    [Fact]
    public void Several_brokers_serve_a_topic_with_the_partitions_asked_for()
    {
        using var broker = new EmbeddedBroker(brokers: 3);
        Assert.Equal(3, broker.Bootstrap.Split(',').Length);
        broker.CreateTopic("t", 8);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Bootstrap }).Build();
        var metadata = admin.GetMetadata("t", TimeSpan.FromSeconds(10));
        Assert.Equal(3, metadata.Brokers.Count);
        Assert.Equal(8, Assert.Single(metadata.Topics).Partitions.Count);
    }

    [Fact]
    public void A_topic_that_exists_is_not_made_again()
    {
        using var broker = new EmbeddedBroker();
        broker.CreateTopic("t", 1);
        Assert.Contains(
            "topic t", Assert.Throws<InvalidOperationException>(() => broker.CreateTopic("t", 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_that_was_ended_says_so()
    {
        var broker = new EmbeddedBroker();
        broker.Dispose();
        broker.Dispose();
        Assert.Throws<ObjectDisposedException>(() => broker.SetDown());
    }
}
