using System.Net;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Records.CapnProto;

namespace EndToEnd.Tests.Curation;

/// <summary>
/// A consumer that keeps the table: it holds the record with the highest (epoch, sequence) of each route. The records may come in any
/// order. Offsets are those that the Cap'n Proto compiler prints for schemas/update.capnp.
/// </summary>
internal sealed class FoldedTopic : IDisposable
{
    private readonly MessageReader _reader = new();
    private readonly Dictionary<string, (ulong Epoch, ulong Sequence, string? Path)> _routes = [];
    private readonly Lock _gate = new();
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly Thread _thread;
    private readonly Dictionary<int, long> _next = [];
    private volatile bool _isEnding;

    public FoldedTopic(string bootstrap, string topic, int partitions)
    {
        Librdkafka.EnsureLoaded();
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "folded",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 10,
            MaxPartitionFetchBytes = 8 << 20,
        };
        _consumer = new ConsumerBuilder<Ignore, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        _thread = new Thread(Run) { IsBackground = true, Name = "folded topic" };
        _thread.Start();
    }

    public long Records { get; private set; }

    public long Synthetic { get; private set; }

    /// <summary>The number of messages that the embedded broker forgot before they were read: it keeps 5 MiB of a partition.</summary>
    public long Forgotten { get; private set; }

    /// <summary>The live routes: prefix, and path with origin.</summary>
    public Dictionary<string, string> Table()
    {
        lock (_gate)
            return _routes.Where(route => route.Value.Path is not null).ToDictionary(route => route.Key, route => route.Value.Path!);
    }

    public void Dispose()
    {
        _isEnding = true;
        _thread.Join();
        _consumer.Close();
        _consumer.Dispose();
    }

    private void Run()
    {
        while (!_isEnding)
        {
            if (_consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } message)
                continue;
            Forgotten += message.Offset.Value - _next.GetValueOrDefault(message.Partition.Value);
            _next[message.Partition.Value] = message.Offset.Value + 1;
            Take(message.Message.Value);
        }
    }

    private void Take(ReadOnlySpan<byte> value)
    {
        lock (_gate)
        {
            for (int consumed; !value.IsEmpty; value = value[consumed..])
            {
                if (!_reader.TryRead(value, out var record, out consumed) || !record.TryReadData(2, out var prefix))
                    throw new InvalidDataException($"a record cannot be read: {_reader.Error}");
                Records++;
                Synthetic += record.ReadBool(155) ? 1 : 0;
                string key = $"{new IPAddress(prefix).MapToIPv4()}/{record.ReadByte(18)}";
                (ulong Epoch, ulong Sequence) place = (record.ReadUInt64(80), record.ReadUInt64(88));
                if (!_routes.TryGetValue(key, out var known) || place.CompareTo((known.Epoch, known.Sequence)) > 0)
                    _routes[key] = (place.Epoch, place.Sequence, record.ReadBool(154) ? Path(record) : null);
            }
        }
    }

    private static string Path(StructReader record)
    {
        record.TryReadList(4, ElementSize.FourBytes, out var list);
        uint[] numbers = new uint[list.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = list.UInt32(i);
        return string.Join(' ', numbers);
    }
}
