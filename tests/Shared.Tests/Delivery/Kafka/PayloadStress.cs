using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>
/// Sends batches of random sizes whose content carries its own number and hash. It overwrites each one's memory at the moment of its
/// report, good or bad. A reader checks all that arrives.
/// </summary>
internal sealed class PayloadStress : IBatchOwner, IDisposable
{
    /// <summary>The variable <c>FAULTS=full</c> asks for the long forms.</summary>
    public static readonly bool IsFull = Environment.GetEnvironmentVariable("FAULTS") == "full";

    public const int Partitions = 4;
    private const int HashAt = 8, BodyAt = HashAt + 32, MaxBytes = 990_000, Batches = 16;

    private readonly Channel<RecordBatch> _free = Channel.CreateUnbounded<RecordBatch>();
    private readonly ConcurrentDictionary<RecordBatch, long> _underWay = [];
    private readonly ConcurrentDictionary<long, int> _lengths = [];
    private readonly Random _random;
    private readonly byte[] _noise = new byte[2 * MaxBytes];
    private readonly bool _spoilEarly;
    private readonly KafkaClient _client;
    private long _number;

    /// <param name="bootstrap">The brokers.</param>
    /// <param name="topic">A topic with four partitions.</param>
    /// <param name="compression">A value of <see cref="KafkaOptions.Compression"/>.</param>
    /// <param name="spoilEarly">Overwrites the memory before the report, which must never be done.</param>
    public PayloadStress(string bootstrap, string topic, string compression, bool spoilEarly = false)
    {
        Topic = topic;
        _random = new Random(20260823);
        _random.NextBytes(_noise);
        // Half of the content compresses well.
        foreach (ref byte value in _noise.AsSpan(MaxBytes))
            value &= 3;
        _spoilEarly = spoilEarly;
        var options = new KafkaOptions
        {
            Brokers = [bootstrap],
            Compression = compression,
            MessageTimeout = TimeSpan.FromMilliseconds(1000),
        };
        var config = ProducerSettings.Create(options, MaxBytes);
        config.SocketTimeoutMs = 500;
        // The buffer is small, so that the client writes requests in many pieces and some are half written when they time out.
        config.SocketSendBufferBytes = 64 * 1024;
        config.ReconnectBackoffMs = 10;
        config.ReconnectBackoffMaxMs = 100;
        var connection = new KafkaConnection(
            bootstrap, new KafkaMetrics("test", Prometheus.Metrics.NewCustomRegistry()), new RecordingLog());
        _client = new KafkaClient(config, connection, new RecordingLog(), OnEvent);
        for (int i = 0; i < Batches; i++)
            _free.Writer.TryWrite(new RecordBatch(this, new ShardAccount(Topic, i % 8), MaxBytes));
    }

    public string Topic { get; }

    /// <summary>The number of reports with each code.</summary>
    public ConcurrentDictionary<ErrorCode, int> ReportsByCode { get; } = [];

    /// <summary>The numbers that the broker acknowledged with an offset.</summary>
    public ConcurrentBag<long> Acknowledged { get; } = [];

    public int Replacements { get; private set; }

    /// <summary>
    /// The number of clients that reported nothing for 30 times their message timeout. They are only counted: the test is about the content
    /// of their batches, not about their progress.
    /// </summary>
    public int Silent { get; private set; }

    public async Task SendAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (_client.Fatal is not null)
                Replace();
            var batch = await NextFreeAsync();
            long number = Interlocked.Increment(ref _number);
            Fill(batch, number);
            _lengths[number] = batch.Length;
            _underWay[batch] = number;
            if (_client.Send(new ProducerBatch(batch, 0)) is { } error)
            {
                Assert.True(error.Code == ErrorCode.Local_Fatal, error.Reason);
                Free(batch);
            }
            else if (_spoilEarly)
                batch.Buffer.AsSpan(BodyAt, batch.Length - BodyAt).Fill(0xEE);
        }
    }

    /// <summary>Sends until this number of further deliveries have failed with the error.</summary>
    public async Task SendUntilFailedAsync(ErrorCode error, int count)
    {
        int end = ReportsByCode.GetValueOrDefault(error) + count;
        while (ReportsByCode.GetValueOrDefault(error) < end)
            await SendAsync(1);
    }

    /// <summary>Waits for every report.</summary>
    public async Task SettleAsync()
    {
        var all = new List<RecordBatch>();
        while (all.Count < Batches)
            all.Add(await NextFreeAsync());
        all.ForEach(batch => _free.Writer.TryWrite(batch));
    }

    /// <summary>Returns the number of a message whose content is what was submitted; null for any other.</summary>
    public long? Check(byte[] value)
    {
        if (value.Length < BodyAt)
            return null;
        long number = BinaryPrimitives.ReadInt64BigEndian(value);
        bool isWhole = _lengths.GetValueOrDefault(number) == value.Length
            && SHA256.HashData(value.AsSpan(BodyAt)).AsSpan().SequenceEqual(value.AsSpan(HashAt, 32));
        return isWhole ? number : null;
    }

    public override string ToString() => $"{Replacements} clients replaced, {Silent} of them silent; {string.Join(", ", ReportsByCode)}";

    public void Dispose() => _client.Dispose();

    void IBatchOwner.Return(RecordBatch batch) => throw new InvalidOperationException("nothing here releases a batch");

    void IBatchOwner.Settle(RecordBatch batch) => throw new InvalidOperationException("nothing here has a disk");

    /// <summary>
    /// A client with a fatal error reports nothing more, so a new one replaces it while this waits. Sometimes a client without an error
    /// reports nothing either (librdkafka, after injected OutOfOrderSequenceNumber and UnknownProducerId, while the broker is away). It
    /// must leave the memory alone too.
    /// </summary>
    private async Task<RecordBatch> NextFreeAsync()
    {
        RecordBatch? batch;
        long start = Stopwatch.GetTimestamp();
        int silent = Silent;
        while (!_free.Reader.TryRead(out batch))
        {
            bool isSilent = silent == Silent && Stopwatch.GetElapsedTime(start).TotalSeconds > 30;
            Silent += isSilent ? 1 : 0;
            if (_client.Fatal is not null || isSilent)
                Replace();
            Assert.True(
                Stopwatch.GetElapsedTime(start).TotalSeconds < 300,
                $"{_underWay.Count} batches under way, fatal: {_client.Fatal?.ToString() ?? "none"}; {this}");
            using var tick = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            tick.CancelAfter(TimeSpan.FromMilliseconds(500));
            await _free.Reader.WaitToReadAsync(tick.Token).AsTask().ContinueWith(_ => { }, CancellationToken.None);
        }
        return batch;
    }

    private void Fill(RecordBatch batch, long number)
    {
        batch.Length = _random.Next(4) switch
        {
            0 => MaxBytes,
            1 => _random.Next(BodyAt, 4096),   // librdkafka copies small ones into the request
            _ => _random.Next(BodyAt, MaxBytes),
        };
        var value = batch.Buffer.AsSpan(0, batch.Length);
        _noise.AsSpan(_random.Next(_noise.Length - batch.Length), batch.Length).CopyTo(value);
        BinaryPrimitives.WriteInt64BigEndian(value, number);
        SHA256.HashData(value[BodyAt..], value[HashAt..]);
    }

    private void OnEvent(DeliveryEvent e)
    {
        if (e.Kind != DeliveryEventKind.Reported)
            return;
        ReportsByCode.AddOrUpdate(e.Error!.Code, 1, (_, count) => count + 1);
        if (!e.Error.IsError)
            Acknowledged.Add(_underWay[e.Batch!.Content]);
        Free(e.Batch!.Content);
    }

    private void Free(RecordBatch batch)
    {
        batch.Buffer.AsSpan().Fill(0xEE);
        if (_underWay.TryRemove(batch, out _))
            _free.Writer.TryWrite(batch);
    }

    private void Replace()
    {
        Replacements++;
        _client.Replace();
        foreach (var batch in _underWay.Keys)
            Free(batch);
    }
}
