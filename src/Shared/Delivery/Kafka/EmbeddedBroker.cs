using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>
/// librdkafka's mock cluster: speaks the Kafka protocol on loopback TCP ports, so that any client can attach. For demos and tests,
/// not for production: it keeps about 5 MiB a partition, forgets what is older, and ends with its process.
/// </summary>
public sealed class EmbeddedBroker : IDisposable
{
    /// <summary>Produce, the API key 0 of the Kafka protocol, for <see cref="FailNext"/>.</summary>
    public const short Produce = 0;

    /// <summary>Metadata, API key 3.</summary>
    public const short Metadata = 3;

    private readonly int _brokers;
    private readonly nint _client;
    private nint _cluster;

    /// <summary>Starts the brokers; they serve when this returns.</summary>
    /// <exception cref="InvalidOperationException">librdkafka cannot start them; the message says why.</exception>
    public unsafe EmbeddedBroker(int brokers = 1)
    {
        Librdkafka.EnsureLoaded();
        _brokers = brokers;
        nint conf = ClientImports.ConfNew();
        Span<byte> error = stackalloc byte[512];
        fixed (byte* text = error)
        {
            // The carrying client has no broker of its own and would say so on stderr.
            _ = ClientImports.ConfSet(conf, "log_level", "2", text, (nuint)error.Length);
            _client = ClientImports.New(ClientImports.Producer, conf, text, (nuint)error.Length);
        }
        if (_client == 0)
            throw new InvalidOperationException($"embedded Kafka broker: {Encoding.UTF8.GetString(error[..error.IndexOf((byte)0)])}");
        _cluster = MockClusterImports.ClusterNew(_client, brokers);
        if (_cluster == 0)
        {
            ClientImports.Destroy(_client);
            throw new InvalidOperationException("embedded Kafka broker: no loopback port could be opened");
        }
        Bootstrap = Marshal.PtrToStringUTF8(MockClusterImports.ClusterBootstraps(_cluster))!;
    }

    /// <summary>host:port of every broker, with commas between.</summary>
    public string Bootstrap { get; }

    /// <summary>Makes a topic; topics made on first use get 4 partitions.</summary>
    /// <exception cref="InvalidOperationException">The topic exists.</exception>
    public void CreateTopic(string topic, int partitions) =>
        Check(MockClusterImports.TopicCreate(Cluster, topic, partitions, Math.Min(_brokers, 3)), $"topic {topic}");

    /// <summary>Answers the next requests of the API key with these errors, one each; NoError lets one pass.</summary>
    public unsafe void FailNext(short apiKey, params ReadOnlySpan<ErrorCode> errors)
    {
        fixed (int* codes = MemoryMarshal.Cast<ErrorCode, int>(errors))
            MockClusterImports.PushRequestErrors(Cluster, apiKey, (nuint)errors.Length, codes);
    }

    /// <summary>Reports the topic with this error in Metadata until it is set to NoError.</summary>
    public void SetTopicError(string topic, ErrorCode error) => MockClusterImports.TopicSetError(Cluster, topic, (int)error);

    /// <summary>Closes the broker's connections and refuses new ones. The first broker is 1.</summary>
    public void SetDown(int broker = 1) => Check(MockClusterImports.BrokerSetDown(Cluster, broker), $"broker {broker} down");

    /// <summary>Lets the broker serve again, with what it held.</summary>
    public void SetUp(int broker = 1) => Check(MockClusterImports.BrokerSetUp(Cluster, broker), $"broker {broker} up");

    /// <summary>Delays every answer of the broker, in whole milliseconds.</summary>
    public void SetRoundTrip(TimeSpan delay, int broker = 1) =>
        Check(MockClusterImports.BrokerSetRtt(Cluster, broker, (int)delay.TotalMilliseconds), $"broker {broker} delay");

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _cluster, 0) is var cluster and not 0)
        {
            MockClusterImports.ClusterDestroy(cluster);
            ClientImports.Destroy(_client);
        }
    }

    private nint Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(_cluster == 0, this);
            return _cluster;
        }
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
            throw new InvalidOperationException($"embedded Kafka broker: {what}: {new Error((ErrorCode)error).Reason}");
    }
}
