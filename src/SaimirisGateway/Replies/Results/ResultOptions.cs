namespace SaimirisGateway.Replies.Results;

/// <summary>Says where the answers with replies come from, and limits the live streams.</summary>
internal sealed record ResultOptions
{
    /// <summary>The bytes of replies that stay in memory, of all measurements together. The oldest are dropped first.</summary>
    public long MemoryBytes { get; init; } = 64 << 20;

    /// <summary>The URL of a ClickHouse that reads the topic into <c>saimiris.replies</c>; null when only the memory has replies.</summary>
    public Uri? ClickHouseUrl { get; init; }

    /// <summary>Live streams of all users at a time.</summary>
    public int MaxStreams { get; init; } = 256;

    /// <summary>Live streams of one user at a time.</summary>
    public int MaxStreamsPerUser { get; init; } = 8;

    /// <summary>The period of heartbeats in a live stream without replies.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The period at which the active measurements are read from the store.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time after its end in which a measurement still gets replies.</summary>
    public TimeSpan LateReplies { get; init; } = TimeSpan.FromMinutes(5);
}
