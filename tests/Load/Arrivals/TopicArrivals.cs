using System.Diagnostics;
using System.Net;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Records.Wire;

namespace Load.Arrivals;

/// <summary>
/// Reads the topic of updates from its beginning, while it is written to, and notes what arrives. A message that the broker has forgotten
/// before it was read is noticed too: offsets have no gaps.
/// </summary>
internal sealed class TopicArrivals : IDisposable
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<RecordSource, SequenceArrivals> _sources = [];
    private readonly Lock _gate = new();
    private readonly SourceReader _reader = new();
    private readonly string _topic;
    private readonly long[] _nextOffset;
    private readonly IConsumer<string, long> _consumer;
    private readonly Thread _thread;
    private volatile bool _isEnding;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    public TopicArrivals(string bootstrap, string topic, int partitions)
    {
        Librdkafka.EnsureLoaded();
        _topic = topic;
        _nextOffset = new long[partitions];
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = "arrivals",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 200,
            // The embedded broker answers a fetch with one message set a partition, and waits this long when there is none.
            FetchWaitMaxMs = 10,
            FetchErrorBackoffMs = 20,
            MaxPartitionFetchBytes = 8 << 20,
            FetchMaxBytes = 256 << 20,
            QueuedMaxMessagesKbytes = 512 << 10,
            CheckCrcs = false,
        };
        // The records are read in place, because a copy of each message would cost more than the check.
        _consumer = new ConsumerBuilder<string, long>(config)
            .SetValueDeserializer(new Looking(this)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, 0)));
        _thread = new Thread(Run) { IsBackground = true, Name = "arrivals" };
        _thread.Start();
    }

    /// <summary>The number of Kafka messages read.</summary>
    public long Messages { get; private set; }

    /// <summary>The number of bytes in their values.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of records read.</summary>
    public long Records { get; private set; }

    /// <summary>The number of records read, each counted once.</summary>
    public long Distinct { get; private set; }

    public long Duplicates => Query(sources => sources.Sum(s => s.Value.Duplicates));

    /// <summary>The number of records of one router, each counted once.</summary>
    public long DistinctOf(IPAddress router)
    {
        var address = Ipv6Address.FromV4(router.GetAddressBytes());
        return Query(sources => sources.Where(s => s.Key.Router == address).Sum(s => s.Value.Distinct));
    }

    /// <summary>Returns the result of <paramref name="look"/> on the arrivals until now.</summary>
    public T Query<T>(Func<IReadOnlyDictionary<RecordSource, SequenceArrivals>, T> look)
    {
        lock (_gate)
            return look(_sources);
    }

    /// <summary>Waits until so many different records have arrived.</summary>
    /// <exception cref="TimeoutException">They have not in time.</exception>
    /// <exception cref="InvalidOperationException">The broker has forgotten messages, or a record cannot be read.</exception>
    public Task WaitForAsync(long distinct, TimeSpan timeout) =>
        WaitForAsync(() => Distinct >= distinct, $"{distinct} different records", timeout);

    /// <summary>Waits until everything that is in the topic now is read; until the broker can be asked, where it is away.</summary>
    public async Task WaitForEndAsync(TimeSpan timeout)
    {
        long[] ends = await EndsAsync(timeout);
        await WaitForAsync(() => _nextOffset.Zip(ends).All(pair => pair.First >= pair.Second), "the end of the topic", timeout);
    }

    /// <summary>Waits until <paramref name="condition"/> holds; it is looked at after each message.</summary>
    public async Task WaitForAsync(Func<bool> condition, string what, TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_failure is { } failure)
                    throw new InvalidOperationException($"the topic cannot be checked: {failure.Message}", failure);
                if (condition())
                    return;
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"waited {timeout} for {what}; there are {Distinct} of {Records} records");
            }
        }
    }

    public void Dispose()
    {
        _isEnding = true;
        _thread.Join();
        _consumer.Close();
        _consumer.Dispose();
    }

    private async Task<long[]> EndsAsync(TimeSpan timeout)
    {
        long begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(PollTimeout);
        while (true)
        {
            try
            {
                return [.. _nextOffset.Select((_, p) => _consumer.QueryWatermarkOffsets(new TopicPartition(_topic, p),
                    timeout).High.Value)];
            }
            catch (KafkaException) when (Stopwatch.GetElapsedTime(begin) < timeout)
            {
                // While no broker is connected, the client answers at once that nothing is known.
                await timer.WaitForNextTickAsync();
            }
        }
    }

    private void Run()
    {
        while (!_isEnding && _failure is null)
        {
            try
            {
                if (_consumer.Consume(PollTimeout) is { } message)
                    CheckOffset(message.Partition.Value, message.Offset.Value);
            }
            catch (ConsumeException e) when (!IsOfTheBroker(e.Error))
            {
                Changed(e);
            }
            catch (ConsumeException)
            {
                // The broker is away. The tests are about that.
            }
        }
    }

    // AutoOffsetReset.Error turns "offset out of range" into this error, and a value that cannot be read into the other.
    private static bool IsOfTheBroker(Error error) =>
        error.Code is not (ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange or ErrorCode.Local_ValueDeserialization);

    private void CheckOffset(int partition, long offset)
    {
        long expected = _nextOffset[partition];
        _nextOffset[partition] = offset + 1;
        Changed(offset == expected ? null
            : new InvalidOperationException(
            $"partition {partition}: offset {offset} instead of {expected}: the broker has forgotten what lies between"));
    }

    private void Changed(Exception? failure)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _failure ??= failure;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
    }

    private long Look(ReadOnlySpan<byte> value)
    {
        lock (_gate)
        {
            _reader.Read(value, Take);
            Messages++;
            Bytes += value.Length;
        }
        return value.Length;
    }

    private void Take(RecordSource source, ulong sequence)
    {
        Records++;
        if (!_sources.TryGetValue(source, out var arrivals))
            _sources.Add(source, arrivals = new SequenceArrivals());
        if (arrivals.Add(sequence))
            Distinct++;
    }

    private sealed class Looking(TopicArrivals topic) : IDeserializer<long>
    {
        public long Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => topic.Look(data);
    }
}
