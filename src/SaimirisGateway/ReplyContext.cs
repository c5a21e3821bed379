using Microsoft.Extensions.Logging;
using SaimirisGateway.Results;
using Shared.Batch;

namespace SaimirisGateway;

/// <summary>What all bodies share.</summary>
internal sealed record ReplyContext(
    GatewayOptions Options, GatewayIdentity Gateway, BatchOutput Replies, AgentTable Agents, GatewayMetrics Metrics, ILogger Logger, TimeProvider Time, KeptReplies? Kept = null);
