namespace Shared.Kafka;

/// <summary>How to reach the brokers. Defaults are those of the flags' contract.</summary>
public sealed record KafkaOptions
{
    /// <summary>The value of <c>--kafka-brokers</c> that starts the in-process broker.</summary>
    public const string Embedded = "embedded";

    /// <summary>host:port each, a name or an address (IPv6 in brackets); or the single word "embedded".</summary>
    public IReadOnlyList<string> Brokers { get; init; } = ["localhost:9092"];

    /// <summary>No broker at all: records are counted and dropped, or written to <see cref="OutputDirectory"/>.</summary>
    public bool Disable { get; init; }

    /// <summary>With <see cref="Disable"/>: where the batches are written as Cap'n Proto files.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>PLAINTEXT, SASL_PLAINTEXT, SSL or SASL_SSL.</summary>
    public string AuthProtocol { get; init; } = "PLAINTEXT";

    public string SaslUsername { get; init; } = "";

    public string SaslPassword { get; init; } = "";

    /// <summary>PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.</summary>
    public string SaslMechanism { get; init; } = "SCRAM-SHA-512";

    /// <summary>How long a batch may wait for its acknowledgement before it counts as failed.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromMilliseconds(500_000);

    /// <summary>none, gzip, snappy, lz4 or zstd.</summary>
    public string Compression { get; init; } = "lz4";
}
