using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Shared.Records.Batch;

namespace Shared.Delivery.Kafka;

/// <summary>Lines about failed deliveries: the first of a reason at once, those after it counted and said once a minute.</summary>
internal sealed class FailureLog(ILogger logger, TimeProvider time)
{
    private const string Replacement = "replacement";

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    // By the error's name, and one for the client's replacement: a batch that met the fatal error first has a line of its own.
    private readonly Dictionary<string, (long LoggedAt, long Unsaid)> _reasons = [];

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

    /// <summary>The batch is kept in the file.</summary>
    public void Rejected(Error error, RecordBatch batch, string file)
    {
        if (IsTime(error.Code.ToString(), out long count))
            KafkaLog.BatchRejected(logger, count, batch.Topic, batch.Shard, error.Reason, file, AdviceFor(error));
    }

    /// <summary>Each one: records are lost.</summary>
    public void Dropped(Error error, RecordBatch batch)
    {
        KafkaLog.BatchDropped(logger, batch.Records, batch.Length, batch.Topic, batch.Shard, error.Reason, AdviceFor(error));
    }

    private static string AdviceFor(Error error) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge => "; lower --kafka-message-max-bytes or raise the topic's max.message.bytes",
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => "; allow the user to write to the topic",
        _ => "",
    };

    private bool IsTime(string what, out long count)
    {
        bool known = _reasons.TryGetValue(what, out var last);
        count = last.Unsaid + 1;
        bool isTime = !known || time.GetElapsedTime(last.LoggedAt) >= Quiet;
        _reasons[what] = isTime ? (time.GetTimestamp(), 0) : (last.LoggedAt, count);
        return isTime;
    }
}
