using Microsoft.Extensions.Logging;
using SaimirisGateway.Storage;

namespace SaimirisGateway.Probes.Outbox;

/// <summary>What every run uses.</summary>
/// <param name="Slots">Runs that may produce at a time.</param>
/// <param name="Stopping">No further batch is begun.</param>
/// <param name="Abort">Nothing is waited for any longer.</param>
internal sealed record OutboxContext(
    OutboxFolder Folder, ProbeProducer Producer, IGatewayStore Store, SemaphoreSlim Slots, ILogger Logger, TimeProvider Time, CancellationToken Stopping, CancellationToken Abort);
