using System.Runtime.InteropServices;
using Confluent.Kafka;
using Shared.Delivery.Kafka;

namespace BrokerProcess;

/// <summary>Makes an embedded broker fail, by the functions of rdkafka_mock.h.</summary>
public static unsafe class BrokerFaults
{
    /// <summary>Produce, API key 0 of the Kafka protocol.</summary>
    public const short Produce = 0;

    /// <summary>Metadata, API key 3.</summary>
    public const short Metadata = 3;

    private static readonly nint Library = NativeLibrary.Load(Librdkafka.Path);

    /// <summary>The broker answers the next requests of the API key with these errors, one for each request; NoError lets one pass.</summary>
    public static void FailNext(this EmbeddedBroker broker, short apiKey, params ReadOnlySpan<ErrorCode> errors)
    {
        var push = (delegate* unmanaged<nint, short, nuint, int*, void>)Function("rd_kafka_mock_push_request_errors_array");
        fixed (int* codes = MemoryMarshal.Cast<ErrorCode, int>(errors))
            push(broker.Cluster, apiKey, (nuint)errors.Length, codes);
    }

    /// <summary>Closes the broker's connections and refuses new ones.</summary>
    public static void SetDown(this EmbeddedBroker broker) =>
        Check(((delegate* unmanaged<nint, int, int>)Function("rd_kafka_mock_broker_set_down"))(broker.Cluster, 1));

    /// <summary>Lets the broker serve again, with the messages that it held.</summary>
    public static void SetUp(this EmbeddedBroker broker) =>
        Check(((delegate* unmanaged<nint, int, int>)Function("rd_kafka_mock_broker_set_up"))(broker.Cluster, 1));

    /// <summary>Delays every answer of the broker, in whole milliseconds.</summary>
    public static void SetRoundTrip(this EmbeddedBroker broker, TimeSpan delay) =>
        Check(((delegate* unmanaged<nint, int, int, int>)Function("rd_kafka_mock_broker_set_rtt"))(
            broker.Cluster, 1, (int)delay.TotalMilliseconds));

    private static nint Function(string name) => NativeLibrary.GetExport(Library, name);

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"embedded Kafka broker: {new Error((ErrorCode)error).Reason}");
    }
}
