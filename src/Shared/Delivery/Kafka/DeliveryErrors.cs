using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>What a failed delivery means for its batch.</summary>
internal enum DeliveryErrorKind
{
    /// <summary>It may get through later: the batch is sent again until it does.</summary>
    Passing,

    /// <summary>The same octets meet the same refusal, whatever is mended elsewhere.</summary>
    Content,

    /// <summary>The user may not write to the topic, until somebody grants it.</summary>
    Rights,
}

/// <summary>librdkafka's error codes by what they mean for a batch.</summary>
internal static class DeliveryErrors
{
    public static DeliveryErrorKind Kind(this Error error) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge or ErrorCode.Local_InvalidArg or ErrorCode.RecordListTooLarge or ErrorCode.InvalidRecord
            or ErrorCode.PolicyViolation => DeliveryErrorKind.Content,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => DeliveryErrorKind.Rights,
        _ => DeliveryErrorKind.Passing,
    };

    /// <summary>In metrics and file names.</summary>
    public static string Reason(this Error error) => error == KafkaClient.NotProven ? "NotProven" : error.Code.ToString();
}
