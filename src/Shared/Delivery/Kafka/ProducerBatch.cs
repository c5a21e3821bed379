using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Follows one batch in memory, from its submission (or from the moment the spool gave it back) until it is acknowledged, kept
/// elsewhere or given up.
/// </summary>
internal sealed class ProducerBatch
{
    public ProducerBatch(RecordBatch content, long submittedAt)
    {
        Content = content;
        SubmittedAt = submittedAt;
        Node = new(this);
    }

    public RecordBatch Content { get; }

    /// <summary>The <see cref="TimeProvider.GetTimestamp"/> of the submission, or of the moment the spool gave the batch back.</summary>
    public long SubmittedAt { get; }

    /// <summary>The batch's node in the list of outstanding batches.</summary>
    public LinkedListNode<ProducerBatch> Node { get; }

    /// <summary>The batch's number in the order in which the client first got the batches of the queue; 0: it never got this one.</summary>
    public long SendOrder { get; set; }

    /// <summary>The number of times that the client got the batch. The sink ignores the report of an earlier attempt.</summary>
    public int Attempt { get; set; }

    /// <summary>The client has the batch and has not reported on it.</summary>
    public bool IsSent { get; set; }

    /// <summary>The place of the batch on disk; null: it is in memory only.</summary>
    public SpoolEntry? Entry { get; set; }

    /// <summary>Operations of the spool worker that use the memory now. The batch keeps its memory until they end.</summary>
    public int SpoolOperations { get; set; }

    /// <summary>Nothing more happens to the batch, except that the <see cref="SpoolOperations"/> under way end.</summary>
    public bool IsDone { get; set; }

    /// <summary>The state in which its records are counted until the batch is done.</summary>
    public RecordState RecordState => Entry is null ? RecordState.InFlight : RecordState.Spooled;
}
