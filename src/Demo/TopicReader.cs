using Confluent.Kafka;

namespace Demo;

/// <summary>
/// Reads topics from their beginning with an ordinary Kafka client, on a thread of its own, while the services write them.
/// </summary>
internal sealed class TopicReader
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100), Query = TimeSpan.FromSeconds(5);

    private readonly TopicPartition[] _partitions;
    private readonly Action<string, ReadOnlyMemory<byte>> _onValue;
    private readonly Dictionary<TopicPartition, long> _next = [];
    private readonly Task _run;
    private volatile bool _isFinishing;

    /// <param name="bootstrap">host:port of a broker.</param>
    /// <param name="topics">Names of existing topics.</param>
    /// <param name="partitions">Partitions of each topic.</param>
    /// <param name="onValue">Called by one thread with the topic and the value of each Kafka message.</param>
    public TopicReader(string bootstrap, IEnumerable<string> topics, int partitions, Action<string, ReadOnlyMemory<byte>> onValue)
    {
        _partitions =
            [.. from topic in topics from partition in Enumerable.Range(0, partitions) select new TopicPartition(topic, partition)];
        _onValue = onValue;
        _run = Task.Factory.StartNew(() => Read(bootstrap), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Reads the messages that the topics hold by now, and stops.</summary>
    public Task FinishAsync()
    {
        _isFinishing = true;
        return _run;
    }

    private void Read(string bootstrap)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            // The client requires it. The reader assigns partitions itself and joins no group.
            GroupId = "demo",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 100,
        };
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { })
            .Build();
        consumer.Assign(_partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        long? records = null;
        while (!_isFinishing || _next.Values.Sum() < (records ??= Written(consumer)))
        {
            if (consumer.Consume(Poll) is not { Message: { } message } result)
                continue;
            _next[result.TopicPartition] = result.Offset.Value + 1;
            _onValue(result.Topic, message.Value);
        }
        consumer.Close();
    }

    // The services write no more records, so this is the number of messages in the topics.
    private long Written(IConsumer<Ignore, byte[]> consumer) =>
        _partitions.Sum(partition => consumer.QueryWatermarkOffsets(partition, Query).High.Value);
}
