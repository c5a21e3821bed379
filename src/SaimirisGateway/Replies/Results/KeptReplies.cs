using SaimirisGateway.Telemetry;

namespace SaimirisGateway.Replies.Results;

/// <summary>
/// The last replies to active measurements, in bounded memory. They are kept as soon as they are in a batch, so before Kafka has them; the
/// oldest make room for new ones, whether or not somebody has read them. Nobody who reads is waited for.
/// </summary>
internal sealed class KeptReplies(long maxBytes, ulong epochNs, GatewayMetrics metrics)
{
    private readonly Dictionary<Guid, KeptMeasurement> _measurements = [];
    private readonly Queue<KeptChunk> _oldest = new();
    private readonly HashSet<KeptMeasurement> _changed = [];
    private volatile Dictionary<string, AgentTap> _taps = [];
    private long _bytes, _kept, _dropped;

    /// <summary>Guards all of it. Taken within a shard's gate, never around one.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Of this process, as it stands in every reply that is kept.</summary>
    public ulong EpochNs { get; } = epochNs;

    /// <summary>When the last reply of a measurement of which nothing is kept any more was taken, nanoseconds since 1970 UTC; such a measurement is forgotten.</summary>
    public ulong ForgottenNs { get; private set; }

    /// <summary>Takes the agent's replies to active measurements; null: there are none.</summary>
    public AgentTap? TapOf(string agentId)
    {
        var taps = _taps;
        return taps.Count == 0 ? null : taps.GetValueOrDefault(agentId);
    }

    public void SetTaps(Dictionary<string, AgentTap> taps) => _taps = taps;

    /// <summary>Under <see cref="Gate"/>; <see cref="OnKept"/> is to follow.</summary>
    public void Keep(Guid measurement, string agentId, ulong sequence, ReadOnlySpan<byte> message)
    {
        if (!_measurements.TryGetValue(measurement, out var kept))
            _measurements.Add(measurement, kept = new KeptMeasurement(measurement));
        if (kept.StreamOf(agentId).Append(message, sequence) is { } chunk)
        {
            _oldest.Enqueue(chunk);
            _bytes += chunk.Octets.Length;
        }
        _kept++;
        _changed.Add(kept);
        while (_bytes > maxBytes && _oldest.Count > 1)
            DropOldest();
    }

    /// <summary>Under <see cref="Gate"/>: readers see what was kept.</summary>
    public void OnKept()
    {
        foreach (var measurement in _changed)
            measurement.OnChanged();
        _changed.Clear();
        if (_kept > 0)
            metrics.OnKept(_kept, _dropped, _bytes);
        _kept = _dropped = 0;
    }

    public KeptReader Open(Guid measurement)
    {
        lock (Gate)
        {
            if (!_measurements.TryGetValue(measurement, out var kept))
                _measurements.Add(measurement, kept = new KeptMeasurement(measurement));
            kept.Readers++;
            return new KeptReader(this, kept);
        }
    }

    /// <summary>Under <see cref="Gate"/>.</summary>
    public void Close(KeptMeasurement measurement)
    {
        measurement.Readers--;
        ForgetIfUnused(measurement);
    }

    private void DropOldest()
    {
        var chunk = _oldest.Dequeue();
        _bytes -= chunk.Octets.Length;
        _dropped += chunk.Replies;
        chunk.Stream.DropFirst();
        var measurement = _measurements[chunk.Stream.Measurement];
        if (measurement.IsEmpty)
            ForgottenNs = Math.Max(ForgottenNs, chunk.LastGatewayNs);
        ForgetIfUnused(measurement);
    }

    private void ForgetIfUnused(KeptMeasurement measurement)
    {
        if (measurement.Readers == 0 && measurement.IsEmpty)
            _measurements.Remove(measurement.Id);
    }
}
