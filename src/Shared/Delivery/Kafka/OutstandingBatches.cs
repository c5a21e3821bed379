using Confluent.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Holds every batch that is not done, and handles what happens to it: acknowledged, sent again, spooled, refused or dropped. Each
/// of these changes the accounts, the metrics and the log. A batch's memory goes back to its shard when the batch is done and the
/// spool worker no longer uses it. Only the sink's task calls this class; <see cref="Refusal"/> and <see cref="GiveUp"/> are for any
/// thread.
/// </summary>
/// <param name="context">The service's parts.</param>
/// <param name="connection">Notes that a broker answered.</param>
/// <param name="spool">Null without a spool.</param>
/// <param name="rightsGrace">How long a batch waits for the right to write to its topic.</param>
internal sealed class OutstandingBatches(SinkContext context, KafkaConnection connection, SpoolWorker? spool, TimeSpan rightsGrace)
{
    private readonly LinkedList<ProducerBatch> _batches = [];
    private readonly FailureLog _failures = new(context.Logger, context.Time);
    private string? _refusal;

    /// <summary>Oldest first.</summary>
    public IReadOnlyCollection<ProducerBatch> All => _batches;

    public ProducerBatch? Oldest => _batches.First?.Value;

    /// <summary>The reason why the brokers refuse batches, if an operator can remove it; null after an acknowledgement.</summary>
    public string? Refusal
    {
        get => Volatile.Read(ref _refusal);
        set => Volatile.Write(ref _refusal, value);
    }

    /// <summary>A shard submitted the batch.</summary>
    public void Submitted(ProducerBatch batch, SendQueue queue)
    {
        _batches.AddLast(batch.Node);
        queue.Add(batch);
    }

    /// <summary>The broker acknowledged the batch.</summary>
    public void Delivered(ProducerBatch batch, SendQueue queue)
    {
        var content = batch.Content;
        queue.Done(batch);
        queue.RefusedSince = null;
        connection.OnAnswer();
        Refusal = null;
        context.Metrics.Delivered(content.Length, context.Time.GetElapsedTime(batch.SubmittedAt));
        queue.Account.Move(batch.RecordState, RecordState.Acked, content.Records);
        LeaveSpool(batch, queue);
        End(batch);
    }

    /// <summary>
    /// Takes back a batch that the client did not take or did not deliver. It is sent again, but not before <paramref name="resumeAt"/>; or
    /// the broker has refused it, and it is not sent again.
    /// </summary>
    public void Failed(ProducerBatch batch, SendQueue queue, Error error, long resumeAt)
    {
        var kind = error.Kind();
        context.Metrics.Failed(error.Reason(), isPassing: kind == DeliveryErrorKind.Passing);
        if (kind != DeliveryErrorKind.Content && error.Code is not (ErrorCode.Local_MsgTimedOut or ErrorCode.Local_State))
            Refusal = error.Reason;
        bool isForGood = kind == DeliveryErrorKind.Content
            || (spool is not null && kind == DeliveryErrorKind.Rights && queue.IsRefusedFor(rightsGrace, context.Time));
        if (!isForGood)
        {
            _failures.Retried(error, batch.Content);
            queue.Failed(batch, resumeAt);
            return;
        }
        queue.Done(batch);
        if (spool is null)
        {
            Drop(batch, queue, error);
            return;
        }
        batch.SpoolOperations++;
        spool.Reject(queue, batch, error);
    }

    /// <summary>
    /// The spool worker wrote the batch to disk. With an entry the batch is in memory too; without one it will be read back.
    /// </summary>
    public void Spooled(ProducerBatch batch, SendQueue queue, SpoolEntry? entry)
    {
        queue.Appended(batch, isCopy: entry is not null);
        batch.Entry = entry;
        if (batch.IsDone)
        {
            LeaveSpool(batch, queue);
        }
        else
        {
            queue.Account.Move(RecordState.InFlight, RecordState.Spooled, batch.Content.Records);
            if (entry is null)
                End(batch);
            else
                batch.Content.Settle();
        }
        EndSpoolOperation(batch);
    }

    /// <summary>The disk did not take the batch, which stays in memory.</summary>
    public static void NotSpooled(ProducerBatch batch, SendQueue queue, long resumeAt)
    {
        queue.NotAppended(resumeAt);
        EndSpoolOperation(batch);
    }

    /// <summary>The spool worker read the batch back.</summary>
    public void ReadBack(ProducerBatch batch, SendQueue queue)
    {
        _batches.AddLast(batch.Node);
        context.Metrics.Submitted();
        queue.ReadBack(batch);
    }

    /// <summary>The spool worker kept the refused batch in <paramref name="file"/>; null: it had no room.</summary>
    public void Rejected(ProducerBatch batch, SendQueue queue, Error error, string? file, long resumeAt)
    {
        if (file is not null)
        {
            _failures.Rejected(error, batch.Content, file);
            batch.Content.Reject(batch.RecordState, error.Reason());
            LeaveSpool(batch, queue);
            End(batch);
        }
        else if (error.Kind() == DeliveryErrorKind.Content)
        {
            Drop(batch, queue, error);
        }
        else
        {
            queue.PutBack(batch, resumeAt);
        }
        EndSpoolOperation(batch);
    }

    /// <summary>A new client replaced one that met a fatal error.</summary>
    public void ClientReplaced(string reason) => _failures.ClientReplaced(reason, _batches.Count);

    /// <summary>The time to drain is over. What is on disk stays there, the rest is lost.</summary>
    public void GiveUpAll(TimeSpan drainTimeout)
    {
        var lost = _batches.Where(batch => batch.Entry is null).ToList();
        if (lost.Count > 0)
            KafkaLog.DrainGivenUp(context.Logger, lost.Count, lost.Sum(batch => (long)batch.Content.Records), drainTimeout.TotalSeconds);
        foreach (var batch in _batches)
        {
            if (batch.Entry is null)
            {
                GiveUp(batch);
                continue;
            }
            context.Metrics.Ended();
            batch.Content.Release();
        }
        _batches.Clear();
    }

    /// <summary>The sink has ended: the batch is lost.</summary>
    public void GiveUp(ProducerBatch batch)
    {
        const string reason = "shutdown";
        context.Metrics.Failed(reason, isPassing: false);
        context.Metrics.Ended();
        batch.Content.Drop(RecordState.InFlight, reason);
        batch.Content.Release();
    }

    private void Drop(ProducerBatch batch, SendQueue queue, Error error)
    {
        _failures.Dropped(error, batch.Content);
        batch.Content.Drop(batch.RecordState, error.Reason());
        LeaveSpool(batch, queue);
        End(batch);
    }

    private void LeaveSpool(ProducerBatch batch, SendQueue queue)
    {
        if (batch.Entry is { } entry)
            spool!.Acknowledge(queue, entry);
    }

    private void End(ProducerBatch batch)
    {
        batch.IsDone = true;
        context.Metrics.Ended();
        _batches.Remove(batch.Node);
        if (batch.SpoolOperations == 0)
            batch.Content.Release();
    }

    private static void EndSpoolOperation(ProducerBatch batch)
    {
        if (--batch.SpoolOperations == 0 && batch.IsDone)
            batch.Content.Release();
    }
}
