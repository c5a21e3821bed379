using Confluent.Kafka;
using Shared.Delivery.Spool;

namespace Shared.Delivery.Kafka;

internal enum SinkEventKind
{
    /// <summary>Nothing but a reason to look again.</summary>
    Wake,

    /// <summary>A shard handed a batch over.</summary>
    Submitted,

    /// <summary>The client is done with an attempt.</summary>
    Reported,

    /// <summary>The spool's task has the batch on disk.</summary>
    Spooled,

    /// <summary>The spool's task could not write the batch.</summary>
    NotSpooled,

    /// <summary>The spool's task has read a batch back.</summary>
    ReadBack,

    /// <summary>The spool's task could not read: damaged, where there is no error, else to be tried again.</summary>
    NotReadBack,

    /// <summary>The spool's task has kept the refused batch, or, where there is no room for it, has not.</summary>
    Rejected,

    /// <summary>No batch follows: drain.</summary>
    End,
}

/// <summary>What the sink's task reacts to.</summary>
internal readonly record struct SinkEvent(SinkEventKind Kind, OutgoingBatch? Batch = null, int Attempt = 0, Error? Error = null)
{
    public static readonly SinkEvent Wake = new(SinkEventKind.Wake);

    public static readonly SinkEvent End = new(SinkEventKind.End);

    /// <summary>The lane that a reading was for.</summary>
    public ShardLane? Lane { get; init; }

    /// <summary>Where the batch is on disk, while it is in memory too.</summary>
    public SpoolEntry? Entry { get; init; }

    /// <summary>Why the spool's task could not do its work.</summary>
    public string? Reason { get; init; }

    /// <summary>Where the refused batch is kept.</summary>
    public string? File { get; init; }
}
