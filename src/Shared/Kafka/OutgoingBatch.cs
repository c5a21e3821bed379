using Shared.Batch;

namespace Shared.Kafka;

/// <summary>A batch between its submission and the end of its way: acknowledged or given up.</summary>
internal sealed class OutgoingBatch
{
    public OutgoingBatch(RecordBatch batch, long number, long submittedAt)
    {
        Batch = batch;
        Number = number;
        SubmittedAt = submittedAt;
        Place = new(this);
    }

    public RecordBatch Batch { get; }

    /// <summary>Its place in the order of submissions.</summary>
    public long Number { get; }

    /// <summary><see cref="TimeProvider.GetTimestamp"/> of the submission.</summary>
    public long SubmittedAt { get; }

    /// <summary>Its place among all that are outstanding, oldest first.</summary>
    public LinkedListNode<OutgoingBatch> Place { get; }

    /// <summary>How often it was handed to the client; a report of an earlier attempt is void.</summary>
    public int Attempt { get; set; }

    /// <summary>The client has it and has not reported on it.</summary>
    public bool UnderWay { get; set; }
}
