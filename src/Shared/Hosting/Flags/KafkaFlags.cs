using Shared.Delivery.Files;
using Shared.Delivery.Kafka;
using Shared.Delivery.Spool;
using Shared.Records.Batch;

namespace Shared.Hosting.Flags;

/// <summary>The flags of every service that reach the brokers and cut the batches. Topics are the service's own flags.</summary>
public sealed class KafkaFlags
{
    private static readonly KafkaOptions Defaults = new();
    private static readonly BatchOptions BatchDefaults = new() { MaxRecordBytes = 1 };

    private static readonly SpoolOptions SpoolDefaults = new() { Directory = "" };
    private static readonly Dictionary<string, SpoolSync> SpoolSyncs = new()
    {
        ["always"] = SpoolSync.Always,
        ["interval"] = SpoolSync.Interval,
        ["never"] = SpoolSync.Never,
    };

    private readonly Flag<IReadOnlyList<string>> _brokers;
    private readonly Flag<bool> _disable;
    private readonly Flag<string?> _outputDirectory;
    private readonly Flag<long> _outputFileBytes;
    private readonly Flag<int> _outputFileSeconds;
    private readonly Flag<string> _authProtocol;
    private readonly Flag<string> _saslUsername;
    private readonly SecretFlag _saslPassword;
    private readonly Flag<string> _saslMechanism;
    private readonly Flag<string?> _sslCa, _sslCertificate, _sslKey;
    private readonly Flag<int> _messageMaxBytes;
    private readonly Flag<int> _messageTimeoutMs;
    private readonly Flag<int> _batchWaitTimeMs;
    private readonly Flag<int> _batchWaitIntervalMs;
    private readonly Flag<int> _bufferSize;
    private readonly Flag<long> _memoryLimit;
    private readonly Flag<int> _shards;
    private readonly Flag<string> _compression;
    private readonly Flag<string?> _spoolDirectory;
    private readonly Flag<long> _spoolMaxBytes, _spoolSegmentBytes;
    private readonly Flag<string> _spoolSync;
    private readonly int _typicalRecordBytes;
    private readonly string _saslFlags;

    /// <param name="flags">Where they are added.</param>
    /// <param name="credentials">Default of user name and password: the service's name, as ever.</param>
    /// <param name="typicalRecordBytes">What one record takes, for <c>--kafka-mpsc-buffer-size</c>, which counts records.</param>
    /// <param name="whenFull">What the service does when neither memory nor spool has room.</param>
    /// <param name="sasl">What the names of the SASL flags begin with.</param>
    public KafkaFlags(FlagSet flags, string credentials, int typicalRecordBytes, string whenFull = "the senders wait", string sasl = "--kafka-auth-sasl")
    {
        _typicalRecordBytes = typicalRecordBytes;
        _saslFlags = sasl;
        _brokers = flags.AddList("--kafka-brokers", "HOST:PORT", Defaults.Brokers, FlagText.Any,
            "Kafka brokers to ask for the others; 'embedded' starts one in the process, for trying out");
        _disable = flags.AddSwitch("--kafka-disable", "No Kafka: records are counted and dropped, or written to --output-dir");
        _outputDirectory = flags.Add<string?>("--output-dir", "DIR", null, FlagText.Any, "With --kafka-disable: write batches as Cap'n Proto files here");
        _outputFileBytes = flags.Add("--output-file-bytes", "BYTES", Defaults.OutputFiles.MaxBytes, FlagText.Long(1),
            "With --output-dir: a file is finished before it would be larger");
        _outputFileSeconds = flags.Add("--output-file-seconds", "SECONDS", (int)Defaults.OutputFiles.MaxAge.TotalSeconds, FlagText.Integer(1, 31_536_000),
            "With --output-dir: a file is finished when it is that old, seconds");
        _authProtocol = flags.Add("--kafka-auth-protocol", "PROTOCOL", Defaults.AuthProtocol,
            FlagText.Any, "How to talk to the brokers: PLAINTEXT, SASL_PLAINTEXT, SSL or SASL_SSL");
        _saslUsername = flags.Add($"{sasl}-username", "NAME", credentials, FlagText.Any, "User name, with a SASL protocol");
        _saslPassword = flags.AddSecret($"{sasl}-password", credentials, $"Password, with a SASL protocol [default: {credentials}]");
        _saslMechanism = flags.Add($"{sasl}-mechanism", "MECHANISM", Defaults.SaslMechanism,
            FlagText.Any, "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
        _sslCa = flags.Add<string?>("--kafka-ssl-ca", "PATH", null, FlagText.Any, "PEM file of the authorities for the brokers' certificates, with SSL; else the system's");
        _sslCertificate = flags.Add<string?>("--kafka-ssl-certificate", "PATH", null, FlagText.Any, "PEM file of the certificate to show to the brokers");
        _sslKey = flags.Add<string?>("--kafka-ssl-key", "PATH", null, FlagText.Any, "PEM file of that certificate's key");
        _messageMaxBytes = flags.Add("--kafka-message-max-bytes", "BYTES", BatchDefaults.MaxBytes, FlagText.Integer(1024, 100_000_000),
            "Most bytes of records in one Kafka message; a larger single record is sent alone");
        _messageTimeoutMs = flags.Add("--kafka-message-timeout-ms", "MS", (int)Defaults.MessageTimeout.TotalMilliseconds, FlagText.Integer(0),
            "How long one Kafka message may wait for its acknowledgement before it is sent anew, milliseconds; 0: for ever");
        _batchWaitTimeMs = flags.Add("--kafka-batch-wait-time", "MS", (int)BatchDefaults.BatchWaitTime.TotalMilliseconds, FlagText.Integer(0),
            "How long the first record of a message waits for others, milliseconds");
        _batchWaitIntervalMs = flags.Add("--kafka-batch-wait-interval", "MS", 100, FlagText.Integer(1),
            "How often it is looked for messages that have waited long enough, milliseconds");
        _bufferSize = flags.Add("--kafka-mpsc-buffer-size", "RECORDS", 100_000, FlagText.Integer(1),
            $"About how many records may wait for the brokers in memory; beyond that {whenFull}");
        _memoryLimit = flags.Add("--memory-limit-bytes", "BYTES", 512L << 20, FlagText.Long(1),
            $"Most bytes of memory that the batches of all topics and shards may take; when they are full {whenFull}");
        _shards = flags.Add("--kafka-shards", "N", BatchDefaults.Shards, FlagText.Integer(1, 1024),
            "Batches filled side by side; a sender is bound to one, whose number is the Kafka message key");
        _compression = flags.Add("--kafka-compression", "CODEC", Defaults.Compression, FlagText.Any,
            "Compression of Kafka messages: none, gzip, snappy, lz4 or zstd");
        _spoolDirectory = flags.Add<string?>("--spool-dir", "DIR", null, FlagText.Any,
            "Keep what the brokers do not take within a second here, and send it, in order, once they do");
        _spoolMaxBytes = flags.Add("--spool-max-bytes", "BYTES", SpoolDefaults.MaxBytes, FlagText.Long(1),
            $"Most bytes that the spool may take; when it is full {whenFull}");
        _spoolSegmentBytes = flags.Add("--spool-segment-bytes", "BYTES", SpoolDefaults.SegmentBytes, FlagText.Long(1),
            "Size of the spool's files; a file is deleted when all of it is acknowledged");
        _spoolSync = flags.Add("--spool-sync", "WHEN", "interval", FlagText.OneOf([.. SpoolSyncs.Keys]),
            "When what is written to the spool is forced to the disk: always (before its memory is given back), interval (each second) or never");
    }

    /// <summary><c>--kafka-batch-wait-interval</c>.</summary>
    public TimeSpan BatchWaitInterval(FlagValues values) => TimeSpan.FromMilliseconds(values.Get(_batchWaitIntervalMs));

    /// <exception cref="UsageException">What does not go; the message names the flag.</exception>
    public KafkaOptions ReadKafka(FlagValues values)
    {
        var options = new KafkaOptions
        {
            Brokers = values.Get(_brokers),
            Disable = values.Get(_disable),
            OutputDirectory = values.Get(_outputDirectory),
            OutputFiles = new FileRotation
            {
                MaxBytes = values.Get(_outputFileBytes),
                MaxAge = TimeSpan.FromSeconds(values.Get(_outputFileSeconds)),
            },
            AuthProtocol = values.Get(_authProtocol),
            SaslFlags = _saslFlags,
            SaslUsername = values.Get(_saslUsername),
            SaslPassword = values.Get(_saslPassword),
            SaslMechanism = values.Get(_saslMechanism),
            SslCaFile = values.Get(_sslCa),
            SslCertificateFile = values.Get(_sslCertificate),
            SslKeyFile = values.Get(_sslKey),
            MessageTimeout = TimeSpan.FromMilliseconds(values.Get(_messageTimeoutMs)),
            Compression = values.Get(_compression),
            Spool = values.Get(_spoolDirectory) is not { } directory ? null : new SpoolOptions
            {
                Directory = directory,
                MaxBytes = values.Get(_spoolMaxBytes),
                SegmentBytes = values.Get(_spoolSegmentBytes),
                Sync = SpoolSyncs[values.Get(_spoolSync)],
            },
        };
        return options.Problems().FirstOrDefault() is { } problem ? throw new UsageException(problem) : options;
    }

    /// <param name="values">What was given.</param>
    /// <param name="maxRecordBytes">The largest single record of the service.</param>
    /// <param name="topics">How many topics the service writes to.</param>
    /// <exception cref="UsageException">The memory's limit does not hold the fewest batches that go.</exception>
    public BatchOptions ReadBatches(FlagValues values, int maxRecordBytes, int topics)
    {
        int maxBytes = values.Get(_messageMaxBytes), shards = values.Get(_shards);
        long limit = values.Get(_memoryLimit);
        var memory = new BatchMemory(topics, shards, Math.Max(maxBytes, maxRecordBytes), ReadBack: values.Get(_spoolDirectory) is null ? 0 : SendQueue.MaxReadBack);
        if (limit < memory.MinLimit)
        {
            throw new UsageException($"--memory-limit-bytes: {limit} is too little for --kafka-shards {shards}: {memory.MinBatches} batches of {memory.BatchBytes} bytes "
                + $"for each of {shards} shards of {topics} topics take {memory.MinLimit}; give that much, or fewer shards");
        }
        return new BatchOptions
        {
            MaxBytes = maxBytes,
            MaxRecordBytes = maxRecordBytes,
            BatchWaitTime = TimeSpan.FromMilliseconds(values.Get(_batchWaitTimeMs)),
            Shards = shards,
            BatchesPerShard = memory.BatchesPerShard((long)values.Get(_bufferSize) * _typicalRecordBytes, maxBytes, limit),
        };
    }

    /// <summary>The text of a topic's flag.</summary>
    public static string Topic(string text) => KafkaOptions.IsTopicName(text)
        ? text
        : throw new FormatException($"'{text}' is not a Kafka topic name (letters, digits, '.', '_', '-', at most 249)");
}
