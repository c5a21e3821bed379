using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace SaimirisGateway.Tests.Probes.Submit;

/// <summary>Reads all messages of a topic, with another client than the one that wrote them.</summary>
internal static class ProbeTopic
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>The messages of each partition in their order, one partition after the other.</summary>
    public static IReadOnlyList<Message<string,
        byte[]>> Read(string bootstrap, string topic, int partitions = 4, Action<ConsumerConfig>? configure = null)
    {
        Librdkafka.EnsureLoaded();
        var config = new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "test", EnableAutoCommit = false };
        configure?.Invoke(config);
        using var consumer = new ConsumerBuilder<string, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        var messages = new List<Message<string, byte[]>>();
        foreach (var partition in Enumerable.Range(0, partitions).Select(number => new TopicPartition(topic, number)))
        {
            var end = consumer.QueryWatermarkOffsets(partition, Timeout);
            consumer.Assign(new TopicPartitionOffset(partition, end.Low));
            for (long next = end.Low; next < end.High;)
            {
                var result = consumer.Consume(Timeout) ?? throw new TimeoutException(
                    $"{partition}: {end.High - next} messages are missing");
                messages.Add(result.Message);
                next = result.Offset.Value + 1;
            }
        }
        consumer.Close();
        return messages;
    }
}
