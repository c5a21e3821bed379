using System.Runtime.InteropServices;
using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace BrokerProcess;

/// <summary>Makes an embedded broker fail, by the functions of rdkafka_mock.h.</summary>
public static class BrokerFaults
{
    /// <summary>Produce, API key 0 of the Kafka protocol.</summary>
    public const short Produce = 0;

    /// <summary>Metadata, API key 3.</summary>
    public const short Metadata = 3;

    private const int FirstBroker = 1;

    private static readonly nint Library = NativeLibrary.Load(Librdkafka.Path);

    private delegate void PushErrors(nint cluster, short apiKey, nuint count, int[] errors);

    private delegate int SetState(nint cluster, int broker);

    private delegate int SetDelay(nint cluster, int broker, int milliseconds);

    /// <summary>Lets the broker answer the next requests of the API key with these errors, one each; NoError lets one pass.</summary>
    public static void FailNext(this EmbeddedBroker broker, short apiKey, params ErrorCode[] errors) =>
        Function<PushErrors>("rd_kafka_mock_push_request_errors_array")(
            broker.Cluster, apiKey, (nuint)errors.Length, [.. errors.Select(error => (int)error)]);

    /// <summary>Closes the broker's connections and refuses new ones.</summary>
    public static void SetDown(this EmbeddedBroker broker) =>
        Check(Function<SetState>("rd_kafka_mock_broker_set_down")(broker.Cluster, FirstBroker));

    /// <summary>Lets the broker serve again, with the messages that it held.</summary>
    public static void SetUp(this EmbeddedBroker broker) =>
        Check(Function<SetState>("rd_kafka_mock_broker_set_up")(broker.Cluster, FirstBroker));

    /// <summary>Delays every answer of the broker, in whole milliseconds.</summary>
    public static void SetRoundTrip(this EmbeddedBroker broker, TimeSpan delay) =>
        Check(Function<SetDelay>("rd_kafka_mock_broker_set_rtt")(broker.Cluster, FirstBroker, (int)delay.TotalMilliseconds));

    private static T Function<T>(string name)
        where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(Library, name));

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"embedded Kafka broker: {new Error((ErrorCode)error).Reason}");
    }
}
