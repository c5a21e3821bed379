namespace SaimirisGateway.Probes.Outbox;

/// <summary>What became of one attempt to produce a batch.</summary>
internal enum SendOutcome
{
    Acknowledged,

    /// <summary>It never left the client; another attempt may succeed.</summary>
    NotSent,

    /// <summary>It may be in the topic, or not.</summary>
    MaybeSent,

    /// <summary>It is not in the topic, and the broker takes it neither now nor later.</summary>
    Refused,
}
