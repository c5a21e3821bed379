using System.Globalization;
using BrokerProcess;
using Microsoft.Extensions.Logging.Abstractions;
using Risotto.Pipeline;
using Shared.Delivery.Kafka;
using Shared.Records.Batch;

namespace Benchmarks;

/// <summary>
/// <c>produce</c>: sends full batches of real records to an embedded broker in another process, in turns with the service's own
/// producer and with that of Confluent.Kafka, and measures the CPU time of this process. Filling the batches is measured alone too.
/// </summary>
internal static class KafkaProduce
{
    private const string Topic = "produce";

    private static readonly BatchOptions Batches = new() { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, BatchesPerShard = 6 };

    public static async Task<int> RunAsync(string[] options)
    {
        string compression = "none";
        int rounds = 5, megabytes = 2000;
        for (int i = 0; i + 1 < options.Length; i += 2)
        {
            switch (options[i])
            {
                case "--compression":
                    compression = options[i + 1];
                    break;
                case "--rounds":
                    rounds = int.Parse(options[i + 1], CultureInfo.InvariantCulture);
                    break;
                case "--megabytes":
                    megabytes = int.Parse(options[i + 1], CultureInfo.InvariantCulture);
                    break;
                default:
                    Console.Error.WriteLine($"benchmarks: {options[i]}: produce takes --compression, --rounds and --megabytes");
                    return 2;
            }
        }
        var kafka = new KafkaOptions { Compression = compression };
        if (kafka.Problems().FirstOrDefault() is { } problem)
        {
            Console.Error.WriteLine("benchmarks: " + problem);
            return 2;
        }

        using var broker = new ExternalBroker($"{Topic}:{Batches.Shards}");
        kafka = kafka with { Brokers = [broker.Bootstrap] };
        var values = Values();
        long bytes = megabytes * 1_000_000L;
        var ways = new Dictionary<string, Func<SinkContext, IBatchSink>>
        {
            ["none"] = _ => new DiscardSink(),
            ["confluent"] = _ => new ConfluentSink(kafka, Batches),
            ["own"] = context => new KafkaSink(kafka with { DrainTimeout = TimeSpan.FromMinutes(1) }, Batches, context),
        };
        foreach (var makeSink in ways.Values)
            await RunAsync(values, bytes / 4, makeSink);   // warm-up
        var costs = ways.Keys.ToDictionary(way => way, _ => new List<double>());
        for (int i = 0; i < rounds; i++)
        {
            foreach (var (way, makeSink) in ways)
                costs[way].Add(await RunAsync(values, bytes, makeSink));
        }
        foreach (var (way, seconds) in costs)
        {
            double[] sorted = [.. seconds.Order()];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"compression={compression} producer={way} rounds={rounds} cpu_seconds_per_gb={sorted[rounds / 2]:F3} "
                + $"lowest={sorted[0]:F3} highest={sorted[^1]:F3}"));
        }
        return 0;
    }

    /// <summary>Returns the CPU seconds of this process, all threads, for a GB of values until all are acknowledged.</summary>
    private static async Task<double> RunAsync(IReadOnlyList<BatchCopy> values, long bytes, Func<SinkContext, IBatchSink> makeSink)
    {
        var metrics = new KafkaMetrics("bench", Prometheus.Metrics.NewCustomRegistry());
        var start = Environment.CpuUsage.TotalTime;
        long written = 0;
        var sink = makeSink(new SinkContext(metrics, new RecordAccounts(), NullLogger.Instance, TimeProvider.System));
        var output = new TopicWriter(Topic, Batches, sink, TimeProvider.System);
        for (int i = 0; written < bytes; i++)
        {
            var value = values[i % values.Count];
            await WriteAsync(output.Shards[i % Batches.Shards], value);
            written += value.Value.Length;
        }
        await sink.DisposeAsync();
        return (Environment.CpuUsage.TotalTime - start).TotalSeconds / written * 1e9;
    }

    private static async Task WriteAsync(ShardWriter shard, BatchCopy value)
    {
        while (!TryWrite(shard, value))
            await shard.SpaceAvailable;
    }

    private static bool TryWrite(ShardWriter shard, BatchCopy value)
    {
        lock (shard.Gate)
        {
            if (!shard.TryReserve(value.Value.Length, out var space))
                return false;
            value.Value.Span.CopyTo(space);
            shard.Commit(value.Value.Length, value.Records);
            shard.CloseIfDue(always: true);
            return true;
        }
    }

    /// <summary>Returns about twenty full batches of the pipeline.</summary>
    private static IReadOnlyList<BatchCopy> Values()
    {
        var sink = new MemorySink();
        var input = new BmpInput();
        var output = new TopicWriter(Topic, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink,
            TimeProvider.System);
        input.Open(new() { Updates = output }).Process(input.Stream, 1, out _);
        return sink.Batches;
    }
}
