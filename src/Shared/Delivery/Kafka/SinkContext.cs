using Microsoft.Extensions.Logging;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>The parts of a service that its sink uses.</summary>
/// <param name="Metrics">Of deliveries.</param>
/// <param name="Accounts">The accounts of every record.</param>
/// <param name="Logger">For changes of state and for losses.</param>
/// <param name="Time">Measures deliveries, pauses and ages.</param>
public sealed record SinkContext(KafkaMetrics Metrics, RecordAccounts Accounts, ILogger Logger, TimeProvider Time)
{
    /// <summary>Null where there is no spool.</summary>
    public SpoolMetrics? Spool { get; init; }
}
