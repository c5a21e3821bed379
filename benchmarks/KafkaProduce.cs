using System.Globalization;
using BrokerProcess;
using Microsoft.Extensions.Logging.Abstractions;
using Risotto.Pipeline;
using Shared.Delivery.Kafka;
using Shared.Hosting.Service;
using Shared.Records.Batch;

namespace Benchmarks;

/// <summary>
/// <c>produce</c>: full batches of real records to an embedded broker in another process, with the payloads copied by the client
/// and without, in turns; what it costs this process. The filling of the batches is measured alone first.
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
        await RunAsync(values, bytes / 4, kafka);   // warm-up
        var costs = new Dictionary<string, List<double>> { ["fill"] = [], ["copied"] = [], ["in_place"] = [] };
        for (int i = 0; i < rounds; i++)
        {
            costs["fill"].Add(await RunAsync(values, bytes, kafka with { Disable = true }));
            costs["copied"].Add(await RunAsync(values, bytes, kafka with { CopyPayloads = true }));
            costs["in_place"].Add(await RunAsync(values, bytes, kafka));
        }
        foreach (var (way, seconds) in costs)
        {
            double[] sorted = [.. seconds.Order()];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"compression={compression} payloads={way} rounds={rounds} cpu_seconds_per_gb={sorted[rounds / 2]:F3} lowest={sorted[0]:F3} highest={sorted[^1]:F3}"));
        }
        return 0;
    }

    /// <summary>CPU seconds of this process, all threads, for a GB of values until all are acknowledged.</summary>
    private static async Task<double> RunAsync(IReadOnlyList<BatchCopy> values, long bytes, KafkaOptions options)
    {
        var metrics = new KafkaMetrics("bench", Prometheus.Metrics.NewCustomRegistry());
        var start = Environment.CpuUsage.TotalTime;
        long written = 0;
        var sink = SinkFactory.Create(options with { DrainTimeout = TimeSpan.FromMinutes(1) }, [Topic], Batches,
            new SinkContext(metrics, new RecordAccounts(), NullLogger.Instance, TimeProvider.System));
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

    /// <summary>Some twenty whole batches, as the pipeline makes them.</summary>
    private static IReadOnlyList<BatchCopy> Values()
    {
        var sink = new MemorySink();
        var input = new BmpInput();
        var output = new TopicWriter(Topic, new BatchOptions { MaxRecordBytes = PipelineOutputs.MaxRecordBytes, Shards = 1 }, sink, TimeProvider.System);
        input.Open(new() { Updates = output }).Process(input.Stream, 1, out _);
        return sink.Batches;
    }
}
