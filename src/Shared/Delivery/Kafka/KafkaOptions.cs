using System.Globalization;
using System.Net;
using Shared.Delivery.Files;
using Shared.Delivery.Spool;

namespace Shared.Delivery.Kafka;

/// <summary>Says how to reach the brokers. The defaults are those of the flags.</summary>
public sealed record KafkaOptions
{
    /// <summary>The value of <c>--kafka-brokers</c> that starts the in-process broker.</summary>
    public const string Embedded = "embedded";

    /// <summary>host:port for each broker, with a name or an address (IPv6 in brackets); or the single word "embedded".</summary>
    public IReadOnlyList<string> Brokers { get; init; } = ["localhost:9092"];

    /// <summary>Uses no broker: the sink counts and drops records, or writes them to <see cref="OutputDirectory"/>.</summary>
    public bool Disable { get; init; }

    /// <summary>The directory of the Cap'n Proto files, when <see cref="Disable"/> is set.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>The limits at which the sink begins a new file there.</summary>
    public FileRotation OutputFiles { get; init; } = new();

    /// <summary>PLAINTEXT, SASL_PLAINTEXT, SSL or SASL_SSL.</summary>
    public string AuthProtocol { get; init; } = "PLAINTEXT";

    /// <summary>The beginning of the SASL flags' names, for error texts.</summary>
    public string SaslFlags { get; init; } = "--kafka-auth-sasl";

    public string SaslUsername { get; init; } = "";

    public string SaslPassword { get; init; } = "";

    /// <summary>PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.</summary>
    public string SaslMechanism { get; init; } = "SCRAM-SHA-512";

    /// <summary>
    /// PEM file of the authorities that sign the brokers' certificates (SSL, SASL_SSL); null: the authorities of the system.
    /// </summary>
    public string? SslCaFile { get; init; }

    /// <summary>PEM file of the client's certificate, for mutual TLS.</summary>
    public string? SslCertificateFile { get; init; }

    /// <summary>PEM file of that certificate's key.</summary>
    public string? SslKeyFile { get; init; }

    /// <summary>
    /// The time that the client may try to deliver a batch before that counts as a failure. The sink then sends the batch again. It gives a
    /// batch up only if the broker refuses its content, or if the service ends without a spool.
    /// </summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromMilliseconds(500_000);

    /// <summary>none, gzip, snappy, lz4 or zstd.</summary>
    public string Compression { get; init; } = "lz4";

    /// <summary>The time that the sink waits for acknowledgements when the service ends; below the service's own 10 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The spool for batches that the broker does not take; null: the senders wait instead.</summary>
    public SpoolOptions? Spool { get; init; }

    /// <summary>The time that batches wait for the right to write to their topic before the spool keeps them as rejected.</summary>
    internal TimeSpan RightsGrace { get; init; } = TimeSpan.FromSeconds(30);

    public bool IsEmbedded => Brokers is [Embedded];

    internal bool UsesSasl => AuthProtocol.StartsWith("SASL_", StringComparison.Ordinal);

    /// <summary>Batches of a shard in memory that come back from the spool.</summary>
    internal int ReadBackBatches => Spool is null ? 0 : SendQueue.MaxReadBack;

    /// <summary>Checks the options without a look-up or a connection.</summary>
    /// <returns>A line for each problem, with the flag's name.</returns>
    public IEnumerable<string> Problems()
    {
        if (OutputDirectory is not null && !Disable)
            yield return "--output-dir: needs --kafka-disable";
        if (Spool is not null && Disable)
            yield return "--spool-dir: cannot be used with --kafka-disable, because there is no broker to wait for";
        foreach (string problem in Spool?.Problems() ?? [])
            yield return problem;
        if (Brokers.Count == 0)
            yield return "--kafka-brokers names no broker";
        foreach (string broker in Brokers.Where(broker => !IsEmbedded && !IsHostAndPort(broker)))
            yield return $"--kafka-brokers: '{broker}' is not host:port (an IPv6 address is in brackets)";
        if (!ProducerSettings.Protocols.ContainsKey(AuthProtocol))
            yield return $"--kafka-auth-protocol: '{AuthProtocol}' is none of {string.Join(", ", ProducerSettings.Protocols.Keys)}";
        if (!ProducerSettings.Mechanisms.ContainsKey(SaslMechanism))
            yield return $"{SaslFlags}-mechanism: '{SaslMechanism}' is none of {string.Join(", ", ProducerSettings.Mechanisms.Keys)}";
        if (!ProducerSettings.Compressions.ContainsKey(Compression))
            yield return $"--kafka-compression: '{Compression}' is none of {string.Join(", ", ProducerSettings.Compressions.Keys)}";
        // 0 is librdkafka's "no limit".
        if (MessageTimeout != TimeSpan.Zero && MessageTimeout.TotalMilliseconds is < 10 or > int.MaxValue)
            yield return $"--kafka-message-timeout-ms must be 0 (no limit) or between 10 and {int.MaxValue}";
        (string, string?)[] files =
            [("--kafka-ssl-ca", SslCaFile), ("--kafka-ssl-certificate", SslCertificateFile), ("--kafka-ssl-key", SslKeyFile)];
        foreach (var (flag, file) in files)
        {
            if (file is not null && !File.Exists(file))
                yield return $"{flag}: there is no file '{file}'";
        }
    }

    /// <summary>
    /// Kafka's rule for topic names, which also makes them safe as folder names: letters, digits, dot, underscore, hyphen.
    /// </summary>
    public static bool IsTopicName(string topic) =>
        topic is { Length: > 0 and <= 249 } and not ("." or "..") && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static bool IsHostAndPort(string broker)
    {
        int colon = broker.LastIndexOf(':');
        return colon > 0
            && ushort.TryParse(broker.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0
            && (broker[0] == '['
                ? broker[colon - 1] == ']' && IPAddress.TryParse(broker.AsSpan(1, colon - 2), out _)
                : !broker.AsSpan(0, colon).Contains(':'));
    }
}
