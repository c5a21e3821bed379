using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>Translates the options into librdkafka's settings.</summary>
public static class ProducerSettings
{
    /// <summary>Kafka's own default for one message; the client's limit is at least this.</summary>
    private const int DefaultMessageMaxBytes = 1_000_000;

    /// <summary>The bytes of the key, the headers and the record framing, besides the value.</summary>
    private const int MessageOverhead = 1024;

    /// <param name="options">Options without <see cref="KafkaOptions.Problems"/>.</param>
    /// <param name="maxBatchBytes">The largest value that will be submitted.</param>
    public static ProducerConfig Create(KafkaOptions options, int maxBatchBytes) => new()
    {
        BootstrapServers = string.Join(',', options.Brokers),
        ClientId = "collector",
        SecurityProtocol = Protocols[options.AuthProtocol],
        SaslMechanism = options.UsesSasl ? Mechanisms[options.SaslMechanism] : null,
        SaslUsername = options.UsesSasl ? options.SaslUsername : null,
        SaslPassword = options.UsesSasl ? options.SaslPassword : null,
        SslCaLocation = options.SslCaFile,
        SslCertificateLocation = options.SslCertificateFile,
        SslKeyLocation = options.SslKeyFile,

        // Idempotence: the client's retries neither lose, nor double, nor reorder within a partition, with five requests in flight.
        EnableIdempotence = true,
        Acks = Acks.All,
        MaxInFlight = 5,
        MessageTimeoutMs = (int)Math.Min(options.MessageTimeout.TotalMilliseconds, int.MaxValue),
        // Batches are large already. This delay lets batches that one turn of the timer closes share a request.
        LingerMs = 5,
        CompressionType = Compressions[options.Compression],
        MessageMaxBytes = Math.Max(DefaultMessageMaxBytes, maxBatchBytes + MessageOverhead),
        // The shards' memory is the bound. The client's queue refers to that memory and must not be the tighter bound.
        QueueBufferingMaxKbytes = 1 << 20,
        QueueBufferingMaxMessages = 100_000,

        // The client resolves names itself, again at each reconnection, and tries every address that a name has.
        BrokerAddressTtl = 1000,
        ClientDnsLookup = ClientDnsLookup.UseAllDnsIps,
        ReconnectBackoffMs = 100,
        ReconnectBackoffMaxMs = 2000,
        SocketKeepaliveEnable = true,
        // Only the statistics show that a connection came up (again).
        StatisticsIntervalMs = 1000,
    };

    internal static readonly IReadOnlyDictionary<string, SecurityProtocol> Protocols = new Dictionary<string, SecurityProtocol>
    {
        ["PLAINTEXT"] = SecurityProtocol.Plaintext,
        ["SASL_PLAINTEXT"] = SecurityProtocol.SaslPlaintext,
        ["SSL"] = SecurityProtocol.Ssl,
        ["SASL_SSL"] = SecurityProtocol.SaslSsl,
    };

    internal static readonly IReadOnlyDictionary<string, SaslMechanism> Mechanisms = new Dictionary<string, SaslMechanism>
    {
        ["PLAIN"] = SaslMechanism.Plain,
        ["SCRAM-SHA-256"] = SaslMechanism.ScramSha256,
        ["SCRAM-SHA-512"] = SaslMechanism.ScramSha512,
    };

    internal static readonly IReadOnlyDictionary<string, CompressionType> Compressions = new Dictionary<string, CompressionType>
    {
        ["none"] = CompressionType.None,
        ["gzip"] = CompressionType.Gzip,
        ["snappy"] = CompressionType.Snappy,
        ["lz4"] = CompressionType.Lz4,
        ["zstd"] = CompressionType.Zstd,
    };
}
