using System.Runtime.InteropServices;

namespace Shared.Delivery.Kafka;

/// <summary>Has the layout of rd_kafka_message_t (rdkafka.h), as a delivery report gives it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ReportedMessage
{
    /// <summary>RD_KAFKA_OFFSET_INVALID.</summary>
    public const long NoOffset = -1001;

    /// <summary>rd_kafka_resp_err_t.</summary>
    public readonly int Error;
    public readonly nint Topic;
    public readonly int Partition;
    public readonly nint Payload;
    public readonly nuint Length;
    public readonly nint Key;
    public readonly nuint KeyLength;
    public readonly long Offset;

    /// <summary>The msg_opaque of rd_kafka_produce.</summary>
    public readonly nint Opaque;
}
