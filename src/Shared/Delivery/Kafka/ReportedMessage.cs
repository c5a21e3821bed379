using System.Runtime.InteropServices;

namespace Shared.Delivery.Kafka;

/// <summary>rd_kafka_message_t of rdkafka.h, as a delivery report has it.</summary>
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

    /// <summary>What was given to rd_kafka_produce as msg_opaque.</summary>
    public readonly nint Opaque;
}
