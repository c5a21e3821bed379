using Confluent.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// What becomes of each batch in memory: acknowledged, sent again, kept on disk, kept as refused, or dropped; with the accounts,
/// the metrics and the log lines of that. A batch's memory goes back when its way is over and the spool's task has done with it.
/// The sink's task alone uses it, but for <see cref="Refusal"/> and <see cref="GiveUp"/>.
/// </summary>
/// <param name="context">The service's parts.</param>
/// <param name="connection">Told of every answer.</param>
/// <param name="spool">Null: there is none.</param>
/// <param name="rightsGrace">How long a batch waits for the right to write to its topic.</param>
internal sealed class BatchOutcomes(SinkContext context, KafkaConnection connection, SpoolTask? spool, TimeSpan rightsGrace)
{
    private readonly FailureLog _failures = new(context.Logger, context.Time);
    private string? _refusal;

    /// <summary>Batches in memory whose way is not over, oldest first.</summary>
    public LinkedList<OutgoingBatch> Outstanding { get; } = [];

    /// <summary>What the brokers refuse for want of something that somebody can mend; null since the last acknowledgement.</summary>
    public string? Refusal
    {
        get => Volatile.Read(ref _refusal);
        set => Volatile.Write(ref _refusal, value);
    }

    /// <summary>The broker has it.</summary>
    public void Deliver(OutgoingBatch outgoing, ShardLane lane)
    {
        var batch = outgoing.Batch;
        lane.Done(outgoing);
        lane.RefusedSince = null;
        connection.OnAnswer();
        Refusal = null;
        context.Metrics.Delivered(batch.Records, batch.Length, context.Time.GetElapsedTime(outgoing.SubmittedAt));
        lane.Account.Move(outgoing.RecordState, RecordState.Acked, batch.Records);
        LeaveSpool(outgoing, lane);
        End(outgoing);
    }

    /// <summary>The client did not take or deliver it; where it is to be sent again, not before <paramref name="resumeAt"/>.</summary>
    public void Fail(OutgoingBatch outgoing, ShardLane lane, Error error, long resumeAt)
    {
        var kind = error.Kind();
        context.Metrics.Failed(error.Reason(), isPassing: kind == DeliveryErrorKind.Passing);
        if (kind != DeliveryErrorKind.Content && error.Code is not (ErrorCode.Local_MsgTimedOut or ErrorCode.Local_State))
            Refusal = error.Reason;
        bool isForGood = kind == DeliveryErrorKind.Content
            || (spool is not null && kind == DeliveryErrorKind.Rights && lane.IsRefusedFor(rightsGrace, context.Time));
        if (!isForGood)
        {
            _failures.Retried(error, outgoing.Batch);
            lane.Failed(outgoing, resumeAt);
            return;
        }
        lane.Done(outgoing);
        if (spool is null)
        {
            Drop(outgoing, lane, error);
            return;
        }
        outgoing.SpoolWork++;
        spool.Reject(lane, outgoing, error);
    }

    /// <summary>It is on disk; without an entry there only, to be read back.</summary>
    public void Spooled(OutgoingBatch outgoing, ShardLane lane, SpoolEntry? entry)
    {
        lane.Appended(outgoing, isCopy: entry is not null);
        outgoing.Entry = entry;
        if (outgoing.IsOver)
        {
            LeaveSpool(outgoing, lane);
        }
        else
        {
            lane.Account.Move(RecordState.InFlight, RecordState.Spooled, outgoing.Batch.Records);
            if (entry is null)
                End(outgoing);
            else
                outgoing.Batch.Settle();
        }
        EndSpoolWork(outgoing);
    }

    /// <summary>The disk did not take it; it stays in memory.</summary>
    public static void NotSpooled(OutgoingBatch outgoing, ShardLane lane, long resumeAt)
    {
        lane.NotAppended(resumeAt);
        EndSpoolWork(outgoing);
    }

    /// <summary>It came back from the disk.</summary>
    public void ReadBack(OutgoingBatch outgoing, ShardLane lane)
    {
        Outstanding.AddLast(outgoing.Place);
        context.Metrics.Submitted();
        lane.ReadBack(outgoing);
    }

    /// <summary>It is kept as refused; or there was no room for that, where <paramref name="file"/> is null.</summary>
    public void Rejected(OutgoingBatch outgoing, ShardLane lane, Error error, string? file, long resumeAt)
    {
        if (file is not null)
        {
            _failures.Rejected(error, outgoing.Batch, file);
            outgoing.Batch.Reject(outgoing.RecordState, error.Reason());
            LeaveSpool(outgoing, lane);
            End(outgoing);
        }
        else if (error.Kind() == DeliveryErrorKind.Content)
        {
            Drop(outgoing, lane, error);
        }
        else
        {
            lane.PutBack(outgoing, resumeAt);
        }
        EndSpoolWork(outgoing);
    }

    /// <summary>The client had to be replaced.</summary>
    public void ClientReplaced(string reason) => _failures.ClientReplaced(reason, Outstanding.Count);

    /// <summary>The time is over: what is on disk stays there, the rest is lost.</summary>
    public void GiveUpAll(TimeSpan drainTimeout)
    {
        var lost = Outstanding.Where(batch => batch.Entry is null).ToList();
        if (lost.Count > 0)
            KafkaLog.DrainGivenUp(context.Logger, lost.Count, lost.Sum(o => (long)o.Batch.Records), drainTimeout.TotalSeconds);
        foreach (var outgoing in Outstanding)
        {
            if (outgoing.Entry is null)
            {
                GiveUp(outgoing);
                continue;
            }
            context.Metrics.Ended();
            outgoing.Batch.Release();
        }
        Outstanding.Clear();
    }

    /// <summary>Nothing takes the batch any more: it is lost.</summary>
    public void GiveUp(OutgoingBatch outgoing)
    {
        const string reason = "shutdown";
        context.Metrics.Failed(reason, isPassing: false);
        context.Metrics.Ended();
        outgoing.Batch.Drop(RecordState.InFlight, reason);
        outgoing.Batch.Release();
    }

    private void Drop(OutgoingBatch outgoing, ShardLane lane, Error error)
    {
        _failures.Dropped(error, outgoing.Batch);
        outgoing.Batch.Drop(outgoing.RecordState, error.Reason());
        LeaveSpool(outgoing, lane);
        End(outgoing);
    }

    private void LeaveSpool(OutgoingBatch outgoing, ShardLane lane)
    {
        if (outgoing.Entry is { } entry)
            spool!.Acknowledge(lane, entry);
    }

    private void End(OutgoingBatch outgoing)
    {
        outgoing.IsOver = true;
        context.Metrics.Ended();
        Outstanding.Remove(outgoing.Place);
        if (outgoing.SpoolWork == 0)
            outgoing.Batch.Release();
    }

    private static void EndSpoolWork(OutgoingBatch outgoing)
    {
        if (--outgoing.SpoolWork == 0 && outgoing.IsOver)
            outgoing.Batch.Release();
    }
}
