using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Shared.Records.CapnProto;

namespace EndToEnd.Tests.Faults;

/// <summary>
/// Reads the topic of the replies from its beginning: what arrived, by what the agent captured and by the record's own place.
/// </summary>
internal sealed class ReplyTopic : IAsyncDisposable
{
    public const string Name = "saimiris-replies";
    public const int Partitions = 8;

    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;

    public ReplyTopic(string bootstrap) => _reading = Task.Run(() => Read(bootstrap), CancellationToken.None);

    /// <summary>The time at which the agent captured each reply, by collector epoch, agent and sequence number.</summary>
    public ConcurrentDictionary<(ulong EpochNs, string Agent, ulong Sequence), ulong> Records { get; } = new();

    public long Duplicates { get; private set; }

    /// <summary>Pairs of different records of the same place. They cannot be folded.</summary>
    public ConcurrentQueue<string> Contradictions { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _end.Dispose();
    }

    private void Read(string bootstrap)
    {
        using var consumer = new ConsumerBuilder<Ignore,
            byte[]>(new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "replies", EnableAutoCommit = false })
            .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Name, partition, Offset.Beginning)));
        while (!_end.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { Message.Value: { } value })
                Take(value);
        }
        consumer.Close();
    }

    private void Take(ReadOnlySpan<byte> value)
    {
        var reader = new MessageReader();
        for (; reader.TryRead(value, out var record, out int length); value = value[length..])
        {
            record.TryReadText(0, out var agent);
            var place = (record.ReadUInt64(48), Encoding.UTF8.GetString(agent), record.ReadUInt64(56));
            ulong captured = record.ReadUInt64(0);
            if (Records.TryAdd(place, captured))
                continue;
            Duplicates++;
            if (Records[place] != captured)
                Contradictions.Enqueue($"{place}: {Records[place]} and {captured}");
        }
        if (!value.IsEmpty)
            Contradictions.Enqueue($"a value ends with {value.Length} bytes that are no record");
    }
}
