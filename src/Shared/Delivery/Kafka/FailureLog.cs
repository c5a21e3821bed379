using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>Logs failed deliveries: the first of a reason at once, then once a minute with the number of those since.</summary>
internal sealed class FailureLog(ILogger logger, TimeProvider time)
{
    private const string Replacement = "replacement";

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    // The counts by the error's name. A replacement of the client has a name of its own: the batch that met the fatal error has another
    // line.
    private readonly Dictionary<string, (long LoggedAt, long NotLogged)> _reasons = [];

    public void Retried(Error error, RecordBatch batch)
    {
        if (IsTime(error.Code.ToString(), out long count))
            KafkaLog.BatchRetried(logger, count, error.Reason, batch.Topic, batch.Shard);
    }

    public void ClientReplaced(string reason, int outstanding)
    {
        if (IsTime(Replacement, out _))
            KafkaLog.ClientReplaced(logger, reason, outstanding);
    }

    /// <summary>The spool keeps the batch in the file.</summary>
    public void Rejected(Error error, RecordBatch batch, string file)
    {
        if (IsTime(error.Code.ToString(), out long count))
            KafkaLog.BatchRejected(logger, count, batch.Topic, batch.Shard, error.Reason, file, AdviceFor(error));
    }

    /// <summary>Logs every dropped batch: its records are lost.</summary>
    public void Dropped(Error error, RecordBatch batch)
    {
        KafkaLog.BatchDropped(logger, batch.Records, batch.Length, batch.Topic, batch.Shard, error.Reason, AdviceFor(error));
    }

    private static string AdviceFor(Error error) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge =>
            "; lower --kafka-message-max-bytes or raise the topic's max.message.bytes",
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => "; allow the user to write to the topic",
        _ => "",
    };

    private bool IsTime(string what, out long count)
    {
        bool known = _reasons.TryGetValue(what, out var last);
        count = last.NotLogged + 1;
        bool isTime = !known || time.GetElapsedTime(last.LoggedAt) >= Quiet;
        _reasons[what] = isTime ? (time.GetTimestamp(), 0) : (last.LoggedAt, count);
        return isTime;
    }
}
