using Confluent.Kafka;

namespace Shared.Kafka;

internal enum SinkEventKind
{
    /// <summary>Nothing but a reason to look again.</summary>
    Wake,

    /// <summary>A shard handed a batch over.</summary>
    Submitted,

    /// <summary>The client is done with an attempt.</summary>
    Reported,

    /// <summary>No batch follows: drain.</summary>
    End,
}

/// <summary>What the sink's task reacts to.</summary>
internal readonly record struct SinkEvent(SinkEventKind Kind, OutgoingBatch? Batch = null, int Attempt = 0, Error? Error = null)
{
    public static readonly SinkEvent Wake = new(SinkEventKind.Wake);

    public static readonly SinkEvent End = new(SinkEventKind.End);
}
