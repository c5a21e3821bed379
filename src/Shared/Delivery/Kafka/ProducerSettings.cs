using Confluent.Kafka;

namespace Shared.Delivery.Kafka;

/// <summary>The options in librdkafka's words.</summary>
public static class ProducerSettings
{
    /// <summary>Kafka's own default for one message; the client's limit is never set below it.</summary>
    private const int DefaultMessageMaxBytes = 1_000_000;

    /// <summary>Key, headers and record framing beside the value.</summary>
    private const int MessageOverhead = 1024;

    /// <param name="options">Valid ones: <see cref="KafkaOptions.Problems"/> names none.</param>
    /// <param name="maxBatchBytes">The largest value that will be submitted.</param>
    public static ProducerConfig Of(KafkaOptions options, int maxBatchBytes) => new()
    {
        BootstrapServers = string.Join(',', options.Brokers),
        ClientId = "collector",
        SecurityProtocol = Protocols[options.AuthProtocol],
        SaslMechanism = UsesSasl(options) ? Mechanisms[options.SaslMechanism] : null,
        SaslUsername = UsesSasl(options) ? options.SaslUsername : null,
        SaslPassword = UsesSasl(options) ? options.SaslPassword : null,
        SslCaLocation = options.SslCaFile,
        SslCertificateLocation = options.SslCertificateFile,
        SslKeyLocation = options.SslKeyFile,

        // Idempotence: the client's retries neither lose, nor double, nor reorder within a partition, with five requests in flight.
        EnableIdempotence = true,
        Acks = Acks.All,
        MaxInFlight = 5,
        MessageTimeoutMs = (int)Math.Min(options.MessageTimeout.TotalMilliseconds, int.MaxValue),
        // Batches are large already; this much only lets those closed by the same timer turn share a request.
        LingerMs = 5,
        CompressionType = Compressions[options.Compression],
        MessageMaxBytes = Math.Max(DefaultMessageMaxBytes, maxBatchBytes + MessageOverhead),
        // The shards' memory is the bound; the client's queue refers to it and is not to be the tighter one.
        QueueBufferingMaxKbytes = 1 << 20,
        QueueBufferingMaxMessages = 100_000,

        // The client resolves names itself, again at each reconnection, and tries every address that a name has.
        BrokerAddressTtl = 1000,
        ClientDnsLookup = ClientDnsLookup.UseAllDnsIps,
        ReconnectBackoffMs = 100,
        ReconnectBackoffMaxMs = 2000,
        SocketKeepaliveEnable = true,
        // The only news of a connection that came (back) up.
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

    private static bool UsesSasl(KafkaOptions options) => options.AuthProtocol.StartsWith("SASL_", StringComparison.Ordinal);
}
