using Confluent.Kafka;
using Shared.Delivery.Spool;

namespace Shared.Delivery.Kafka;

internal enum DeliveryEventKind
{
    /// <summary>The sink looks again; nothing else has happened.</summary>
    Wake,

    /// <summary>A shard submitted a batch.</summary>
    Submitted,

    /// <summary>The client reported on an attempt.</summary>
    Reported,

    /// <summary>The spool worker wrote the batch to disk.</summary>
    Spooled,

    /// <summary>The spool worker could not write the batch.</summary>
    NotSpooled,

    /// <summary>The spool worker read a batch back.</summary>
    ReadBack,

    /// <summary>The spool worker read nothing back. With a reason it tries again later; without one the batch is damaged.</summary>
    NotReadBack,

    /// <summary>The spool worker kept the refused batch in a file; or, without a file, had no room for it.</summary>
    Rejected,

    /// <summary>No batch follows: the sink drains.</summary>
    End,
}

/// <summary>Tells the sink's task what happened.</summary>
internal readonly record struct DeliveryEvent(DeliveryEventKind Kind, ProducerBatch? Batch = null, int Attempt = 0, Error? Error = null)
{
    public static readonly DeliveryEvent Wake = new(DeliveryEventKind.Wake);

    public static readonly DeliveryEvent End = new(DeliveryEventKind.End);

    /// <summary>The queue that asked the spool worker.</summary>
    public SendQueue? Queue { get; init; }

    /// <summary>The place of the batch on disk, if it is in memory too.</summary>
    public SpoolEntry? Entry { get; init; }

    /// <summary>The reason why the spool worker failed.</summary>
    public string? Reason { get; init; }

    /// <summary>The file with the refused batch.</summary>
    public string? File { get; init; }
}
