using Microsoft.Extensions.Logging;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>Names the parts of a service that its sink uses.</summary>
/// <param name="Metrics">The metrics of deliveries.</param>
/// <param name="Accounts">The state of every record.</param>
/// <param name="Logger">The log of changes of state and of losses.</param>
/// <param name="Time">The clock of deliveries, pauses and ages.</param>
public sealed record SinkContext(KafkaMetrics Metrics, RecordAccounts Accounts, ILogger Logger, TimeProvider Time)
{
    /// <summary>The metrics of the spool; null without one.</summary>
    public SpoolMetrics? Spool { get; init; }
}
