namespace SaimirisGateway.Replies.Results;

/// <summary>What is kept of one measurement, and who waits for more. Under <see cref="KeptReplies.Gate"/>.</summary>
internal sealed class KeptMeasurement(Guid id)
{
    private readonly Dictionary<string, KeptStream> _streams = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id { get; } = id;

    public int Readers { get; set; }

    public bool IsEmpty => _streams.Values.All(stream => stream.IsEmpty);

    /// <summary>Completes at the next reply.</summary>
    public Task Changed => _changed.Task;

    public IEnumerable<KeptStream> Streams => _streams.Values;

    public KeptStream StreamOf(string agentId)
    {
        if (!_streams.TryGetValue(agentId, out var stream))
            _streams.Add(agentId, stream = new KeptStream(Id, agentId));
        return stream;
    }

    public void OnChanged()
    {
        if (Readers == 0)
            return;
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
