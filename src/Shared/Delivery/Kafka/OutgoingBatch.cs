using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>A batch in memory between its submission, or its reading back, and the end of its way: acknowledged, kept elsewhere or given up.</summary>
internal sealed class OutgoingBatch
{
    public OutgoingBatch(RecordBatch batch, long submittedAt)
    {
        Batch = batch;
        SubmittedAt = submittedAt;
        Place = new(this);
    }

    public RecordBatch Batch { get; }

    /// <summary><see cref="TimeProvider.GetTimestamp"/> of the submission, or of the reading back.</summary>
    public long SubmittedAt { get; }

    /// <summary>Its place among all that are outstanding, oldest first.</summary>
    public LinkedListNode<OutgoingBatch> Place { get; }

    /// <summary>Its place in the order in which batches of the lane were handed to the client first; 0: it was not.</summary>
    public long Departure { get; set; }

    /// <summary>How often it was handed to the client; a report of an earlier attempt is void.</summary>
    public int Attempt { get; set; }

    /// <summary>The client has it and has not reported on it.</summary>
    public bool UnderWay { get; set; }

    /// <summary>Its place on disk; null: it is in memory only.</summary>
    public SpoolEntry? Entry { get; set; }

    /// <summary>What the spool's task does with the memory at the moment: it may not be given back before that is over.</summary>
    public int SpoolWork { get; set; }

    /// <summary>Its way is over, apart from <see cref="SpoolWork"/>.</summary>
    public bool IsOver { get; set; }

    /// <summary>Where its records are counted while it is under way.</summary>
    public RecordState RecordState => Entry is null ? RecordState.InFlight : RecordState.Spooled;
}
