using System.Globalization;
using Confluent.Kafka;
using Shared.Delivery.Kafka;
using Shared.Records.Batch;

namespace Benchmarks;

/// <summary>
/// Sends batches with the producer of Confluent.Kafka and the settings of <see cref="KafkaSink"/>, to measure what the service's own
/// producer saves: a value has to be an array of exactly its length, and librdkafka copies that array once more.
/// </summary>
internal sealed class ConfluentSink : IBatchSink
{
    private readonly IProducer<byte[], byte[]> _producer;

    public ConfluentSink(KafkaOptions options, BatchOptions batches)
    {
        Librdkafka.EnsureLoaded();
        _producer = new ProducerBuilder<byte[], byte[]>(ProducerSettings.Create(options, batches.MaxBatchBytes))
            .SetStatisticsHandler((_, _) => { })
            .Build();
    }

    public void Submit(RecordBatch batch)
    {
        byte[] key = new byte[11];
        batch.Shard.TryFormat(key, out int keyLength, provider: CultureInfo.InvariantCulture);
        var message = new Message<byte[], byte[]> { Key = key[..keyLength], Value = batch.Value.ToArray() };
        _producer.Produce(batch.Topic, message, report =>
        {
            if (report.Error.IsError)
                batch.Drop(RecordState.InFlight, report.Error.Code.ToString());
            else
                batch.Account.Move(RecordState.InFlight, RecordState.Acked, batch.Records);
            batch.Release();
        });
    }

    public ValueTask DisposeAsync()
    {
        _producer.Flush(TimeSpan.FromMinutes(1));
        _producer.Dispose();
        return ValueTask.CompletedTask;
    }
}
