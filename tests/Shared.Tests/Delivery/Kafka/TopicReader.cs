using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Reads a topic from its beginning, all partitions, without a group.</summary>
internal sealed class TopicReader : IDisposable
{
    private readonly IConsumer<string, byte[]> _consumer;

    public TopicReader(string bootstrap, string topic, int partitions, Action<ConsumerConfig>? configure = null)
    {
        Librdkafka.EnsureLoaded();
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "test",
            EnableAutoCommit = false,
            ReconnectBackoffMaxMs = 500,
        };
        configure?.Invoke(config);
        _consumer = new ConsumerBuilder<string, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        _consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
    }

    /// <summary>Returns the next messages, as they come; fails if fewer come in time.</summary>
    public IReadOnlyList<(int Shard, byte[] Value, int Partition)> Read(int count, int seconds = 300)
    {
        var messages = new List<(int, byte[], int)>();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            while (messages.Count < count)
            {
                var result = _consumer.Consume(deadline.Token);
                messages.Add((int.Parse(result.Message.Key, null), result.Message.Value, result.Partition.Value));
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{messages.Count} of {count} messages within {seconds} s");
        }
        return messages;
    }

    /// <summary>Returns the numbers in the topic, each at its first arrival, until there are enough: delivery is at least once.</summary>
    public List<long> ReadNumbers(int count)
    {
        var known = new HashSet<long>();
        var arrived = new List<long>();
        while (arrived.Count < count)
            arrived.AddRange(Read(1).SelectMany(m => NumberedRecords.Numbers(m.Value)).Where(known.Add));
        return arrived;
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}
