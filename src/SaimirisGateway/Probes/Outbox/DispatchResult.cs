namespace SaimirisGateway.Probes.Outbox;

/// <summary>How far a reserved measurement has come when its user is answered.</summary>
internal enum DispatchResult
{
    /// <summary>Every batch is acknowledged.</summary>
    Sent,

    /// <summary>It stays in the outbox and is sent as soon as the broker takes it.</summary>
    Waiting,

    /// <summary>Nothing of it was sent, nothing will be, and its quota is free again.</summary>
    NotSent,
}
