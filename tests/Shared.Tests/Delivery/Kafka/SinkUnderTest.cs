using Confluent.Kafka;
using Prometheus;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Hosting.Service;
using Shared.Records.Batch;
using Shared.Tests.Records.Batch;

namespace Shared.Tests.Delivery.Kafka;

/// <summary>Builds a Kafka sink with its log, its metrics and one output, as a service does.</summary>
internal sealed class SinkUnderTest : IAsyncDisposable
{
    public const string Topic = "numbers";

    public SinkUnderTest(
        string bootstrap,
        BatchOptions? batches = null,
        KafkaOptions? options = null,
        Action<ProducerConfig>? configure = null,
        TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        batches ??= NumberedRecords.Options();
        options = (options ?? new KafkaOptions()) with { Brokers = bootstrap.Split(',') };
        var config = ProducerSettings.Create(options, batches.MaxBytes);
        configure?.Invoke(config);
        var context = new SinkContext(new KafkaMetrics("test", Registry), Accounts, Log, time)
        {
            Spool = new SpoolMetrics("test", Registry, options.Spool?.MaxBytes ?? 0, time),
        };
        Sink = new KafkaSink(
            options, config, batches, context, options.Spool is null ? null : SinkFactory.OpenSpool(options.Spool, context));
        Output = new TopicWriter(Topic, batches, Sink, TimeProvider.System, Accounts);
    }

    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    public RecordAccounts Accounts { get; } = new();

    /// <summary>The accounts of the topic.</summary>
    public RecordBalance Balance => Accounts.Balances()[Topic];

    public RecordingLog Log { get; } = new();

    public KafkaSink Sink { get; }

    public TopicWriter Output { get; }

    /// <summary>Writes one batch a number to the shard, waiting for room.</summary>
    public async Task WriteBatchesAsync(int shard, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            await NumberedRecords.WriteAsync(Output.Shards[shard], i);
            lock (Output.Shards[shard].Gate)
            {
                Output.Shards[shard].Account.Decoded++;
                Output.Shards[shard].CloseIfDue(always: true);
            }
        }
    }

    /// <summary>Returns the value of one series, as scraped; null if there is none.</summary>
    public async Task<double?> MetricAsync(string series)
    {
        using var stream = new MemoryStream();
        await Registry.CollectAndExportAsTextAsync(stream);
        string? line = System.Text.Encoding.UTF8.GetString(stream.ToArray()).Split('\n').FirstOrDefault(
            l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => Sink.DisposeAsync();
}
