using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>What librdkafka has to say to the owner of a <see cref="NativeProducer"/>; called on that producer's thread, one at a time.</summary>
internal interface IProducerEvents
{
    /// <summary>A message is done with, and its payload free.</summary>
    /// <param name="ticket">What it was handed over with.</param>
    /// <param name="error">NoError: it is acknowledged.</param>
    /// <param name="offset">Where it lies; <see cref="ReportedMessage.NoOffset"/>: not known.</param>
    void OnReport(nint ticket, Error error, long offset);

    /// <summary>A broker's trouble, or a fatal error, after which the producer takes nothing more.</summary>
    void OnError(Error error);

    /// <param name="json">STATISTICS.md of librdkafka.</param>
    void OnStatistics(string json);

    void OnLog(string facility, string text);
}
