using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Replies.Results.Memory;

/// <summary>
/// Holds the last replies to active measurements, in bounded memory. It stores a reply when it is in a batch, before Kafka has it. New
/// replies replace the oldest, whether or not somebody has read them, and ingest never waits for a reader.
/// </summary>
internal sealed class ReplyMemory(long maxBytes, ulong epochNs, GatewayMetrics metrics)
{
    private readonly Dictionary<Guid, MeasurementReplies> _measurements = [];
    private readonly Queue<ReplyChunk> _oldest = new();
    private readonly HashSet<MeasurementReplies> _changed = [];
    private volatile Dictionary<string, AgentMeasurements> _agents = [];
    private long _bytes, _stored, _dropped;

    /// <summary>Guards everything here. It may be taken inside a shard's gate; a shard's gate is never taken inside it.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The epoch of this process, which is in every stored reply.</summary>
    public ulong EpochNs { get; } = epochNs;

    /// <summary>
    /// The time of the last reply of a measurement whose replies are all dropped, nanoseconds since 1970 UTC. Such a measurement is
    /// forgotten.
    /// </summary>
    public ulong ForgottenNs { get; private set; }

    /// <summary>Replaces the active measurements of all agents.</summary>
    public void SetActive(Dictionary<string, AgentMeasurements> agents) => _agents = agents;

    /// <summary>Stores the replies that belong to an active measurement. The caller holds the gate of the agent's shard.</summary>
    /// <param name="messages">Whole <c>Reply</c> messages. They are copied.</param>
    public void Add(string agentId, ReadOnlySpan<byte> messages)
    {
        var agents = _agents;
        if (agents.Count > 0 && agents.TryGetValue(agentId, out var measurements))
            measurements.Store(messages, this);
    }

    /// <summary>Stores one reply. The caller holds <see cref="Gate"/>, and calls <see cref="Publish"/> after it.</summary>
    public void Store(Guid measurement, string agentId, ulong sequence, ReadOnlySpan<byte> message)
    {
        var replies = GetOrAdd(measurement);
        if (replies.GetOrAdd(agentId).Append(message, sequence) is { } chunk)
        {
            _oldest.Enqueue(chunk);
            _bytes += chunk.Bytes.Length;
        }
        _stored++;
        _changed.Add(replies);
        while (_bytes > maxBytes && _oldest.Count > 1)
            DropOldest();
    }

    /// <summary>Wakes the readers of measurements with new replies. The caller holds <see cref="Gate"/>.</summary>
    public void Publish()
    {
        foreach (var measurement in _changed)
            measurement.OnChanged();
        _changed.Clear();
        if (_stored > 0)
            metrics.OnResultsStored(_stored, _dropped, _bytes);
        _stored = _dropped = 0;
    }

    public ReplyReader Open(Guid measurement)
    {
        lock (Gate)
        {
            var replies = GetOrAdd(measurement);
            replies.Readers++;
            return new ReplyReader(this, replies);
        }
    }

    /// <summary>Ends a reader. The caller holds <see cref="Gate"/>.</summary>
    public void Close(MeasurementReplies measurement)
    {
        measurement.Readers--;
        ForgetIfUnused(measurement);
    }

    private MeasurementReplies GetOrAdd(Guid measurement)
    {
        if (!_measurements.TryGetValue(measurement, out var replies))
            _measurements.Add(measurement, replies = new MeasurementReplies(measurement));
        return replies;
    }

    private void DropOldest()
    {
        var chunk = _oldest.Dequeue();
        _bytes -= chunk.Bytes.Length;
        _dropped += chunk.Count;
        chunk.Owner.DropFirst();
        var measurement = _measurements[chunk.Owner.Measurement];
        if (measurement.IsEmpty)
            ForgottenNs = Math.Max(ForgottenNs, chunk.LastGatewayNs);
        ForgetIfUnused(measurement);
    }

    private void ForgetIfUnused(MeasurementReplies measurement)
    {
        if (measurement.Readers == 0 && measurement.IsEmpty)
            _measurements.Remove(measurement.Id);
    }
}
