using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Storage;
using Shared.Hosting.Flags;
using Shared.Hosting.Logging;

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
    private readonly SecretFlag _agentKey, _databaseUrl;
    private readonly Flag<Uri?> _jwksUri, _clickHouseUrl;
    private readonly Flag<string?> _issuer, _audience;
    private readonly Flag<bool> _bypassJwt, _iKnow;
    private readonly Flag<int> _requestsPerUser, _requestsPerAgentKey, _probesDeadline, _probesIdleTimeout;
    private readonly Flag<long> _maxProbes, _maxProbeBytes, _resultsMemoryBytes;
    private readonly Flag<string> _probesTopic, _outboxDirectory;
    private readonly Flag<ushort?> _caracalId;
    private readonly Flag<int> _maxBodies, _maxBodiesPerAgent, _idleTimeout, _ackTimeout;
    private readonly Flag<long> _maxExpandedBytes;
    private readonly Flag<string> _repliesTopic, _collectorId;
    private readonly KafkaFlags _kafka;
    private readonly LoggingFlags _logging;

    /// <param name="environment">Instead of the process's environment.</param>
    public GatewayFlags(Func<string, string?>? environment = null)
    {
        var flags = Set = new FlagSet("saimiris-gateway", "Takes measurements from users and hands them to probing agents by Kafka; takes the agents' replies and writes them to Kafka.", environment);
        _address = flags.Add("--address", "HOST:PORT", Defaults.Address, HostPort.Parse, "Where users and agents connect: HTTP/1.1, clear text");
        _http2Address = flags.Add<HostPort?>("--http2-address", "HOST:PORT", null, text => HostPort.Parse(text), "HTTP/2 in clear text (prior knowledge) needs a port of its own");
        _tlsAddress = flags.Add<HostPort?>("--tls-address", "HOST:PORT", null, text => HostPort.Parse(text), "HTTP/1.1 and HTTP/2 over TLS");
        _tlsCertificate = flags.Add<string?>("--tls-certificate", "PATH", null, FlagText.Any, "PEM file of the certificate to show, and behind it those that lead to its authority");
        _tlsKey = flags.Add<string?>("--tls-key", "PATH", null, FlagText.Any, "PEM file of its private key");
        _tlsClientCa = flags.Add<string?>("--tls-client-ca", "PATH", null, FlagText.Any, "PEM file of authorities: only agents with a certificate of theirs are let in");
        _agentKey = flags.AddSecret("--agent-key", GatewayOptions.DefaultAgentKey,
            $"Bearer key of every agent; the default is for loopback addresses only, and not for replies [default: {GatewayOptions.DefaultAgentKey}]");
        _agentKeysFile = flags.Add<string?>("--agent-keys-file", "PATH", null, FlagText.Any,
            "Lines of an agent's id and its own key, with space between; looked at again when it changes. The ids in it are not let in with --agent-key");
        _databaseUrl = flags.AddSecret("--database-url", DatabaseUrl.Default, $"PostgreSQL as a URL, or sqlite:PATH [default: {DatabaseUrl.Default}]");
        _jwksUri = flags.Add("--auth0-jwks-uri", "URL", null, UserAuthOptions.ParseJwksUri, "Where the provider of users' tokens shows its keys (JWKS)");
        _issuer = flags.Add<string?>("--auth0-issuer", "TEXT", null, FlagText.Any, "What a token's iss has to be, exactly");
        _audience = flags.Add<string?>("--auth0-audience", "TEXT", null, FlagText.Any, "What a token's aud has to hold; without it aud is not looked at");
        _bypassJwt = flags.AddSwitch("--bypass-jwt", "Take every request for a test user's, without a token; on loopback addresses only");
        _iKnow = flags.AddSwitch("--i-know", "Let --bypass-jwt and the default --agent-key stand on addresses that others reach");
        _requestsPerUser = flags.Add("--requests-per-user", "N", Defaults.RequestsPerUser, FlagText.Integer(1, 100_000), "Most requests a second of one user, in the mean of ten seconds; beyond it 429");
        _requestsPerAgentKey = flags.Add("--requests-per-agent-key", "N", Defaults.RequestsPerAgentKey, FlagText.Integer(1, 100_000),
            "Most requests a second with one agent key, in the mean of ten seconds; beyond it 429");
        _maxProbes = flags.Add("--probes-max-per-body", "N", Defaults.Probes.MaxProbes, FlagText.Long(1), "Most probes of one measurement");
        _maxProbeBytes = flags.Add("--probes-max-body-bytes", "BYTES", Defaults.Probes.MaxBodyBytes, FlagText.Long(1), "Most bytes of probes by lines (NDJSON, CSV); JSON has 2 MiB");
        _probesIdleTimeout = flags.Add("--probes-idle-timeout", "SECONDS", (int)Defaults.Probes.IdleTimeout.TotalSeconds, FlagText.Integer(1, 86_400), "A body of probes of which nothing comes for so long is given up, seconds");
        _probesDeadline = flags.Add("--probes-deadline", "SECONDS", (int)Defaults.Outbox.Grace.TotalSeconds, FlagText.Integer(1, 604_800),
            "What an agent has not finished so long after it could have is cancelled, seconds");
        _outboxDirectory = flags.Add("--outbox-dir", "DIR", Defaults.Outbox.Directory, FlagText.Any, "Where probes are kept until Kafka has them");
        _resultsMemoryBytes = flags.Add("--results-memory-bytes", "BYTES", Defaults.Results.MemoryBytes, FlagText.Long(1), "Memory for the newest replies to active measurements");
        _clickHouseUrl = flags.Add("--clickhouse-url", "URL", null, UserAuthOptions.ParseJwksUri, "ClickHouse over HTTP that has the replies: older ones are read from it");
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
        _probesTopic = flags.Add("--kafka-topic", "TOPIC", Defaults.Outbox.Topic, KafkaFlags.Topic, "Topic of the probes (probe.capnp)");
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
            Database = ReadDatabase(values),
            Users = new UserAuthOptions
            {
                JwksUri = values.Get(_jwksUri),
                Issuer = values.Get(_issuer),
                Audience = values.Get(_audience),
                Bypass = values.Get(_bypassJwt),
            },
            IKnow = values.Get(_iKnow),
            RequestsPerUser = values.Get(_requestsPerUser),
            RequestsPerAgentKey = values.Get(_requestsPerAgentKey),
            Probes = new ProbeOptions
            {
                MaxProbes = values.Get(_maxProbes),
                MaxBodyBytes = values.Get(_maxProbeBytes),
                IdleTimeout = TimeSpan.FromSeconds(values.Get(_probesIdleTimeout)),
            },
            Outbox = new OutboxOptions
            {
                Directory = values.Get(_outboxDirectory),
                Topic = values.Get(_probesTopic),
                Grace = TimeSpan.FromSeconds(values.Get(_probesDeadline)),
            },
            Results = new ResultOptions { MemoryBytes = values.Get(_resultsMemoryBytes), ClickHouseUrl = values.Get(_clickHouseUrl) },
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

    private DatabaseUrl ReadDatabase(FlagValues values)
    {
        try
        {
            return DatabaseUrl.Parse(values.Get(_databaseUrl));
        }
        catch (FormatException e)
        {
            throw new UsageException($"--database-url: {e.Message}");
        }
    }
}
