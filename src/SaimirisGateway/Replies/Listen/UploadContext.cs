using Microsoft.Extensions.Logging;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Telemetry;
using Shared.Records;
using Shared.Records.Batch;

namespace SaimirisGateway.Replies.Listen;

/// <summary>The limits of reply bodies.</summary>
internal sealed record UploadOptions
{
    /// <summary>The caracal-id of agents that name none; null when the integrity of their probes is not checked.</summary>
    public ushort? CaracalId { get; init; }

    /// <summary>The maximum of bodies of all agents at a time.</summary>
    public int MaxBodies { get; init; } = 1024;

    /// <summary>The maximum of bodies of one agent at a time.</summary>
    public int MaxBodiesPerAgent { get; init; } = 8;

    /// <summary>The maximum of a body after decompression, in bytes. An uncompressed body has none.</summary>
    public long MaxExpandedBytes { get; init; } = 1L << 30;

    /// <summary>The time without a byte after which a body is given up.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time that a body waits for a free batch, and that an answer waits for the acknowledgement.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The values that all bodies of replies share.</summary>
/// <param name="OnCommitted">
/// Gets an agent's id, and whole <c>Reply</c> messages as they become part of a batch. It runs under the gate of the agent's shard, and
/// must not
/// wait or keep the span.
/// </param>
internal sealed record UploadContext(
    UploadOptions Options, CollectorIdentity Gateway, TopicWriter Replies, AgentStates Agents, GatewayMetrics Metrics, ILogger Logger,
    TimeProvider Time, Action<string, ReadOnlySpan<byte>>? OnCommitted = null);
