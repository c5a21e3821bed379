namespace SaimirisGateway.Replies.Results;

/// <summary>What the answers with a measurement's replies are made from.</summary>
internal sealed record ResultOptions
{
    /// <summary>Octets of replies that are kept of all measurements together, the oldest dropped first.</summary>
    public long MemoryBytes { get; init; } = 64 << 20;

    /// <summary>HTTP address of a ClickHouse that has the topic in <c>saimiris.replies</c>; null: there is no history but what is kept.</summary>
    public Uri? ClickHouseUrl { get; init; }

    /// <summary>Live streams at a time, of all users and of one.</summary>
    public int MaxStreams { get; init; } = 256;

    public int MaxStreamsPerUser { get; init; } = 8;

    /// <summary>How often a live stream without a reply says that it lives.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the active measurements are read from the store.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its end replies to a measurement's probes are taken for its own.</summary>
    public TimeSpan LateReplies { get; init; } = TimeSpan.FromMinutes(5);
}
