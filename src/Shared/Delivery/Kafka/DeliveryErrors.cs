using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>Says what a failed delivery means for its batch.</summary>
internal enum DeliveryErrorKind
{
    /// <summary>A later attempt may succeed: the batch is sent again until one does.</summary>
    Passing,

    /// <summary>The broker refuses these bytes, now and later.</summary>
    Content,

    /// <summary>The user may not write to the topic until an operator grants it.</summary>
    Rights,
}

/// <summary>Sorts librdkafka's error codes by what they mean for a batch.</summary>
internal static class DeliveryErrors
{
    public static DeliveryErrorKind Kind(this Error error) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge or ErrorCode.Local_InvalidArg or ErrorCode.RecordListTooLarge or ErrorCode.InvalidRecord
            or ErrorCode.PolicyViolation => DeliveryErrorKind.Content,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => DeliveryErrorKind.Rights,
        _ => DeliveryErrorKind.Passing,
    };

    /// <summary>The error's name in metrics and in file names.</summary>
    public static string Reason(this Error error) => error == KafkaClient.NotProven ? "NotProven" : error.Code.ToString();
}
