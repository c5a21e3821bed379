using Shared.Hosting;
using Shared.Kafka;
using Shared.Logging;

namespace SaimirisGateway;

/// <summary>The command line: flags in the order of <c>--help</c>, and how they become options.</summary>
internal sealed class GatewayFlags
{
    // What a reply without labels takes, with short names.
    private const int TypicalRecordBytes = 232;

    private static readonly GatewayOptions Defaults = new();

    private readonly Flag<HostPort> _address, _metricsAddress;
    private readonly Flag<HostPort?> _http2Address, _tlsAddress;
    private readonly Flag<string?> _tlsCertificate, _tlsKey, _tlsClientCa, _agentKeysFile;
    private readonly SecretFlag _agentKey;
    private readonly Flag<ushort?> _caracalId;
    private readonly Flag<int> _maxBodies, _maxBodiesPerAgent, _idleTimeout, _ackTimeout;
    private readonly Flag<long> _maxExpandedBytes;
    private readonly Flag<string> _repliesTopic, _collectorId;
    private readonly KafkaFlags _kafka;
    private readonly LoggingFlags _logging;

    /// <param name="environment">Instead of the process's environment.</param>
    public GatewayFlags(Func<string, string?>? environment = null)
    {
        var flags = Set = new FlagSet("saimiris-gateway", "Takes probe replies from agents over HTTP and writes each to Kafka as a Cap'n Proto record.", environment);
        _address = flags.Add("--address", "HOST:PORT", Defaults.Address, HostPort.Parse, "Where agents connect: HTTP/1.1, clear text");
        _http2Address = flags.Add<HostPort?>("--http2-address", "HOST:PORT", null, text => HostPort.Parse(text), "HTTP/2 in clear text (prior knowledge) needs a port of its own");
        _tlsAddress = flags.Add<HostPort?>("--tls-address", "HOST:PORT", null, text => HostPort.Parse(text), "HTTP/1.1 and HTTP/2 over TLS");
        _tlsCertificate = flags.Add<string?>("--tls-certificate", "PATH", null, FlagText.Any, "PEM file of the certificate to show, and behind it those that lead to its authority");
        _tlsKey = flags.Add<string?>("--tls-key", "PATH", null, FlagText.Any, "PEM file of its private key");
        _tlsClientCa = flags.Add<string?>("--tls-client-ca", "PATH", null, FlagText.Any, "PEM file of authorities: only agents with a certificate of theirs are let in");
        _agentKey = flags.AddSecret("--agent-key", GatewayOptions.DefaultAgentKey,
            $"Bearer key of every agent; replies are not taken for the default [default: {GatewayOptions.DefaultAgentKey}]");
        _agentKeysFile = flags.Add<string?>("--agent-keys-file", "PATH", null, FlagText.Any,
            "Lines of an agent's id and its own key, with space between; looked at again when it changes. The ids in it are not let in with --agent-key");
        _caracalId = flags.Add<ushort?>("--caracal-id", "N", null, text => (ushort)FlagText.Integer(0, ushort.MaxValue)(text),
            "What the senders of probes are started with, for bodies that do not say it: IPv4 probes that do not agree with it are left out");
        _maxBodies = flags.Add("--replies-max-bodies", "N", Defaults.MaxBodies, FlagText.Integer(1), "Most bodies of replies at a time");
        _maxBodiesPerAgent = flags.Add("--replies-max-bodies-per-agent", "N", Defaults.MaxBodiesPerAgent, FlagText.Integer(1), "Most bodies of one agent at a time");
        _maxExpandedBytes = flags.Add("--replies-max-expanded-bytes", "BYTES", Defaults.MaxExpandedBytes, FlagText.Long(1), "What a compressed body may become; a plain one may be of any length");
        _idleTimeout = flags.Add("--replies-idle-timeout", "SECONDS", (int)Defaults.IdleTimeout.TotalSeconds, FlagText.Integer(1, 86_400), "A body of which nothing comes for so long is given up, seconds");
        _ackTimeout = flags.Add("--replies-ack-timeout", "SECONDS", (int)Defaults.AckTimeout.TotalSeconds, FlagText.Integer(1, 86_400),
            "How long a body waits for room and an answer for Kafka, seconds; then it is 503 and the agent sends it again");
        _collectorId = flags.Add("--collector-id", "NAME", Defaults.CollectorId, FlagText.Any, "This gateway's name in every record");
        _kafka = new KafkaFlags(flags, "saimiris", TypicalRecordBytes, sasl: "--kafka-sasl");
        _repliesTopic = flags.Add("--kafka-replies-topic", "TOPIC", Defaults.RepliesTopic, KafkaFlags.Topic, "Topic of the replies (reply.capnp)");
        _metricsAddress = flags.Add("--metrics-address", "HOST:PORT", Defaults.MetricsAddress, HostPort.Parse, "Where /metrics, /livez and /readyz answer");
        _logging = new LoggingFlags(flags);
    }

    public FlagSet Set { get; }

    /// <exception cref="UsageException">Names the flag.</exception>
    public (GatewayOptions Options, LoggingOptions Logging) Read(FlagValues values)
    {
        var options = new GatewayOptions
        {
            Address = values.Get(_address),
            Http2Address = values.Get(_http2Address),
            TlsAddress = values.Get(_tlsAddress),
            TlsCertificate = values.Get(_tlsCertificate),
            TlsKey = values.Get(_tlsKey),
            TlsClientCa = values.Get(_tlsClientCa),
            MetricsAddress = values.Get(_metricsAddress),
            AgentKey = values.Get(_agentKey),
            AgentKeysFile = values.Get(_agentKeysFile),
            CaracalId = values.Get(_caracalId),
            MaxBodies = values.Get(_maxBodies),
            MaxBodiesPerAgent = values.Get(_maxBodiesPerAgent),
            MaxExpandedBytes = values.Get(_maxExpandedBytes),
            IdleTimeout = TimeSpan.FromSeconds(values.Get(_idleTimeout)),
            AckTimeout = TimeSpan.FromSeconds(values.Get(_ackTimeout)),
            Kafka = _kafka.ReadKafka(values),
            Batches = _kafka.ReadBatches(values, ReplyPipeline.MaxOutputBytes, topics: 1),
            BatchWaitInterval = _kafka.BatchWaitInterval(values),
            RepliesTopic = values.Get(_repliesTopic),
            CollectorId = values.Get(_collectorId),
        };
        return (options.Validate(), _logging.Read(values));
    }
}
