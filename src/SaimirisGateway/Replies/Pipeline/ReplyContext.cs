using Microsoft.Extensions.Logging;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace SaimirisGateway.Replies.Pipeline;

/// <summary>What all bodies share.</summary>
internal sealed record ReplyContext(
    GatewayOptions Options, CollectorIdentity Gateway, TopicWriter Replies, AgentTable Agents, GatewayMetrics Metrics, ILogger Logger, TimeProvider Time, KeptReplies? Kept = null);
