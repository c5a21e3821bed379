using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Reads the topic of a <see cref="PayloadStress"/> to its end while that sends, and checks every message.</summary>
internal sealed class StressReader
{
    private readonly PayloadStress _stress;
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly Task _reading;
    private volatile bool _complete;

    public StressReader(string bootstrap, PayloadStress stress)
    {
        Librdkafka.EnsureLoaded();
        _stress = stress;
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "stress",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            ReconnectBackoffMaxMs = 200,
        };
        _consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, _) => { }).Build();
        _consumer.Assign(AllPartitions.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        _reading = Task.Run(Read);
    }

    public HashSet<long> Whole { get; } = [];

    /// <summary>The number of messages whose content is not what was submitted.</summary>
    public int Spoiled { get; private set; }

    /// <summary>Reads the rest and ends, after the last message is sent.</summary>
    public async Task CompleteAsync()
    {
        _complete = true;
        await _reading.WaitAsync(TimeSpan.FromMinutes(5));
    }

    private IEnumerable<TopicPartition> AllPartitions =>
        Enumerable.Range(0, PayloadStress.Partitions).Select(p => new TopicPartition(_stress.Topic, p));

    private void Read()
    {
        using (_consumer)
        {
            while (true)
            {
                try
                {
                    if (_complete && IsAtEnd())
                        return;
                    if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } result)
                        continue;
                    if (_stress.Check(result.Message.Value) is { } number)
                        Whole.Add(number);
                    else
                        Spoiled++;
                }
                catch (KafkaException e) when (!e.Error.IsFatal)
                {
                    // The broker is away, or has forgotten the next messages.
                }
            }
        }
    }

    private bool IsAtEnd() => AllPartitions.All(partition =>
    {
        long end = _consumer.QueryWatermarkOffsets(partition, TimeSpan.FromSeconds(10)).High;
        return end == 0 || _consumer.Position(partition) is { IsSpecial: false } position && position >= end;
    });
}
