using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>
/// Runs librdkafka's mock cluster, which speaks the Kafka protocol on loopback TCP ports, so that any client can connect. It is for
/// demos and tests, not for production: it keeps about 5 MiB of each partition, forgets older messages, and ends with its process.
/// </summary>
public sealed class EmbeddedBroker : IDisposable
{
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
            // The client that carries the cluster has no broker of its own and would say so on stderr.
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

    /// <summary>host:port of every broker, separated by commas.</summary>
    public string Bootstrap { get; }

    /// <summary>Makes a topic. Topics that are made on first use get 4 partitions.</summary>
    /// <exception cref="InvalidOperationException">The topic exists.</exception>
    public void CreateTopic(string topic, int partitions) =>
        Check(MockClusterImports.TopicCreate(Cluster, topic, partitions, Math.Min(_brokers, 3)), $"topic {topic}");

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _cluster, 0) is var cluster and not 0)
        {
            MockClusterImports.ClusterDestroy(cluster);
            ClientImports.Destroy(_client);
        }
    }

    /// <summary>rd_kafka_mock_cluster_t, for tests that make it fail.</summary>
    internal nint Cluster
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
