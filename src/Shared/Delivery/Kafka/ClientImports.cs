using System.Runtime.InteropServices;

namespace Shared.Delivery.Kafka;

/// <summary>Imports the functions of rdkafka.h that a producer needs, with the names and arguments of the header.</summary>
internal static unsafe partial class ClientImports
{
    private const string Library = "librdkafka";

    /// <summary>rd_kafka_type_t: RD_KAFKA_PRODUCER.</summary>
    internal const int Producer = 0;

    /// <summary>RD_KAFKA_PARTITION_UA: the partitioner chooses, by the key.</summary>
    internal const int PartitionOfKey = -1;

    /// <summary>RD_KAFKA_EVENT_*.</summary>
    internal const int Report = 1, Log = 4, Error = 8, Statistics = 0x40;

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    internal static partial nint ConfNew();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_destroy")]
    internal static partial void ConfDestroy(nint conf);

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ConfSet(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_events")]
    internal static partial void ConfSetEvents(nint conf, int events);

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    internal static partial nint New(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    internal static partial void Destroy(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint TopicNew(nint client, string topic, nint conf);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_destroy")]
    internal static partial void TopicDestroy(nint topic);

    [LibraryImport(Library, EntryPoint = "rd_kafka_produce")]
    internal static partial int Produce(
        nint topic, int partition, int flags, byte* payload, nuint length, byte* key, nuint keyLength, nint opaque);

    /// <summary>The error of this thread's last call.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_last_error")]
    internal static partial int LastError();

    [LibraryImport(Library, EntryPoint = "rd_kafka_set_log_queue")]
    internal static partial int SetLogQueue(nint client, nint queue);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_get_main")]
    internal static partial nint QueueGetMain(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_destroy")]
    internal static partial void QueueDestroy(nint queue);

    /// <summary>Makes one <see cref="QueuePoll"/> return without an event: the one that waits, or the next.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_yield")]
    internal static partial void QueueYield(nint queue);

    /// <summary>The next event, which the caller destroys; 0 when none came. A negative time has no end.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_poll")]
    internal static partial nint QueuePoll(nint queue, int milliseconds);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_type")]
    internal static partial int EventType(nint e);

    /// <summary>The event's next report, which lives as long as the event; null after the last.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_event_message_next")]
    internal static partial ReportedMessage* EventMessageNext(nint e);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error")]
    internal static partial int EventError(nint e);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error_string")]
    internal static partial nint EventErrorString(nint e);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error_is_fatal")]
    internal static partial int EventErrorIsFatal(nint e);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_stats")]
    internal static partial nint EventStatistics(nint e);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_log")]
    internal static partial int EventLog(nint e, out nint facility, out nint text, out int level);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_destroy")]
    internal static partial void EventDestroy(nint e);
}
