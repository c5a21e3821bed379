using Shared.Delivery.Files;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;

namespace Shared.Hosting.Flags;

/// <summary>The flags that every service has for its way to the brokers. Topics are the service's own flags.</summary>
public static class KafkaFlags
{
    private static readonly Dictionary<string, SpoolSync> SpoolSyncs = new()
    {
        ["always"] = SpoolSync.Always,
        ["interval"] = SpoolSync.Interval,
        ["never"] = SpoolSync.Never,
    };

    /// <param name="flags">The service's flags.</param>
    /// <param name="defaults">The service's defaults, with the first part of the SASL flags' names.</param>
    /// <param name="whenFull">What the service does when neither memory nor spool has room.</param>
    /// <exception cref="UsageException">Two values exclude each other; the message names the flag.</exception>
    public static KafkaOptions Read(FlagReader flags, KafkaOptions defaults, string whenFull)
    {
        string sasl = defaults.SaslFlags;
        flags.Group("Kafka");
        var options = new KafkaOptions
        {
            Brokers = flags.List("--kafka-brokers", "HOST:PORT", defaults.Brokers, FlagText.Any,
                "The first Kafka brokers to ask; they name the others. 'embedded' starts a broker in the process, to try things out"),
            AuthProtocol = flags.Get("--kafka-auth-protocol", "PROTOCOL", defaults.AuthProtocol, FlagText.Any,
                "The protocol to talk to the brokers: PLAINTEXT, SASL_PLAINTEXT, SSL or SASL_SSL"),
            SaslFlags = sasl,
            SaslUsername = flags.Get($"{sasl}-username", "NAME", defaults.SaslUsername, FlagText.Any, "The user name, for a SASL protocol"),
            SaslPassword = flags.Secret($"{sasl}-password", defaults.SaslPassword, "The password, for a SASL protocol"),
            SaslMechanism = flags.Get($"{sasl}-mechanism", "MECHANISM", defaults.SaslMechanism, FlagText.Any,
                "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
            SslCaFile = flags.Text("--kafka-ssl-ca", "PATH",
                "PEM file of the authorities that sign the brokers' certificates, for SSL. Without it the system's authorities count"),
            SslCertificateFile = flags.Text("--kafka-ssl-certificate", "PATH", "PEM file of the certificate to show to the brokers"),
            SslKeyFile = flags.Text("--kafka-ssl-key", "PATH", "PEM file of that certificate's key"),
            MessageTimeout = flags.Milliseconds("--kafka-message-timeout-ms", defaults.MessageTimeout, 0,
                "Milliseconds that one Kafka message may wait for its acknowledgement before it is sent again. 0: no limit"),
            Compression = flags.Get("--kafka-compression", "CODEC", defaults.Compression, FlagText.Any,
                "Compression of Kafka messages: none, gzip, snappy, lz4 or zstd"),
            Spool = ReadSpool(flags, whenFull),
            Disable = ReadDisable(flags),
            OutputDirectory = flags.Text("--output-dir", "DIR", "With --kafka-disable: the directory for batches, as Cap'n Proto files"),
            OutputFiles = new FileRotation
            {
                MaxBytes = flags.Get("--output-file-bytes", "BYTES", defaults.OutputFiles.MaxBytes, FlagText.Long(1),
                    "With --output-dir: the size at which a file is finished"),
                MaxAge = flags.Seconds("--output-file-seconds", defaults.OutputFiles.MaxAge, 1, 31_536_000,
                    "With --output-dir: the age at which a file is finished, seconds"),
            },
        };
        return options.Problems().FirstOrDefault() is { } problem ? throw new UsageException(problem) : options;
    }

    /// <summary>Reads a flag that names a topic.</summary>
    public static string ReadTopic(FlagReader flags, string name, string fallback, string help) =>
        flags.Get(name, "TOPIC", fallback, ParseTopic, help);

    private static SpoolOptions? ReadSpool(FlagReader flags, string whenFull)
    {
        flags.Group("Spool");
        string? directory = flags.Text("--spool-dir", "DIR",
            "A directory for batches that the brokers do not take within a second. They are sent, in order, once the brokers do");
        var defaults = new SpoolOptions { Directory = directory ?? "" };
        var options = new SpoolOptions
        {
            Directory = defaults.Directory,
            MaxBytes = flags.Get("--spool-max-bytes", "BYTES", defaults.MaxBytes, FlagText.Long(1),
                $"Maximum size of the spool, bytes. When it is full {whenFull}"),
            SegmentBytes = flags.Get("--spool-segment-bytes", "BYTES", defaults.SegmentBytes, FlagText.Long(1),
                "Size of one file of the spool, bytes. A file is deleted when all of it is acknowledged"),
            Sync = SpoolSyncs[flags.Get("--spool-sync", "WHEN", "interval", FlagText.OneOf([.. SpoolSyncs.Keys]),
                "When the spool's files are forced to the disk: always (before memory is free again), interval (each second) or never")],
        };
        return directory is null ? null : options;
    }

    private static bool ReadDisable(FlagReader flags)
    {
        flags.Group("Files instead of Kafka");
        return flags.Switch("--kafka-disable", "Use no Kafka: count records and drop them, or write them to --output-dir");
    }

    private static string ParseTopic(string text) => KafkaOptions.IsTopicName(text)
        ? text
        : throw new FormatException($"'{text}' is not a Kafka topic name (letters, digits, '.', '_', '-', at most 249)");
}
