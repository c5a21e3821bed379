using SaimirisGateway.Api;
using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Replies.Listen;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Storage;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace SaimirisGateway;

/// <summary>The gateway's options, and the flags that set them.</summary>
internal sealed record GatewayOptions : ServiceOptions
{
    // A reply without labels, with short names.
    private const int TypicalRecordBytes = 232;

    private const string WhenFull = "the senders wait";

    public GatewayOptions()
        : base(
            new KafkaOptions { SaslFlags = "--kafka-sasl", SaslUsername = "saimiris", SaslPassword = "saimiris" },
            ReplyPipeline.MaxOutputBytes) =>
        MetricsAddress = new HostPort("0.0.0.0", 9090);

    public HttpOptions Http { get; init; } = new();

    /// <summary>Users, agents and measurements: PostgreSQL or SQLite.</summary>
    public DatabaseUrl Database { get; init; } = DatabaseUrl.Parse(DatabaseUrl.Default);

    public UserAuthOptions Users { get; init; } = new();

    /// <summary>One key for all agents.</summary>
    public string AgentKey { get; init; } = AgentKeys.DefaultKey;

    /// <summary>File with lines of "ID KEY"; null: there is only the shared key.</summary>
    public string? AgentKeysFile { get; init; }

    /// <summary>Other machines may reach what anyone could use: the default agent key and the test user.</summary>
    public bool IKnow { get; init; }

    /// <summary>The limits of a submission of probes.</summary>
    public ProbeOptions Probes { get; init; } = new();

    public OutboxOptions Outbox { get; init; } = new();

    public UploadOptions Replies { get; init; } = new();

    public ResultOptions Results { get; init; } = new();

    public string RepliesTopic { get; init; } = "saimiris-replies";

    public override IReadOnlyList<string> Topics => [RepliesTopic];

    /// <summary>The key that lets every agent in; null where it is the default and agents have keys of their own.</summary>
    public string? SharedKey => AgentKey == AgentKeys.DefaultKey && AgentKeysFile is not null ? null : AgentKey;

    /// <param name="environment">Replaces the process's environment.</param>
    public static CommandLine<GatewayOptions> CommandLine(Func<string, string?>? environment = null) => new(
        "saimiris-gateway",
        "Takes measurements from users and hands them to probing agents through Kafka; takes the agents' replies and writes them to Kafka.",
        Read, options => options.Validate(), environment);

    /// <summary>Checks whether strangers could use what the options open.</summary>
    /// <exception cref="UsageException">They could; the message names the flag.</exception>
    public GatewayOptions Validate()
    {
        (string Flag, HostPort? Address)[] addresses =
            [("--address", Http.Address), ("--http2-address", Http.Http2Address), ("--tls-address", Http.TlsAddress)];
        var (flag, open) = addresses.FirstOrDefault(address => address.Address is { IsLoopback: false });
        if (IKnow || flag is null)
            return this;
        if (Users.Bypass)
        {
            throw new UsageException(
                $"--bypass-jwt: anyone who reaches {flag} {open} would be the test user; listen on a loopback address, or give --i-know");
        }
        return SharedKey != AgentKeys.DefaultKey ? this : throw new UsageException(
            $"--agent-key: everybody knows its default value, and anyone who reaches {flag} {open} could speak for every agent; "
            + "give a key (--agent-key-file), or --agent-keys-file, listen on a loopback address, or give --i-know");
    }

    private static GatewayOptions Read(FlagReader flags)
    {
        var options = ReadAccess(flags, new GatewayOptions { Http = ReadHttp(flags, new HttpOptions()) });
        options = options with
        {
            Probes = ReadProbes(flags, options.Probes),
            Outbox = ReadOutbox(flags, options.Outbox),
            Replies = ReadReplies(flags, options.Replies),
            Results = ReadResults(flags, options.Results),
            Kafka = KafkaFlags.Read(flags, options.Kafka, WhenFull),
        };
        flags.Group("Records");
        options = options with
        {
            Outbox = options.Outbox with
            {
                Topic = KafkaFlags.ReadTopic(flags, "--kafka-topic", options.Outbox.Topic, "Topic of the probes (probe.capnp)"),
            },
            RepliesTopic = KafkaFlags.ReadTopic(flags, "--kafka-replies-topic", options.RepliesTopic, "Topic of the replies (reply.capnp)"),
        };
        return Read(flags, options, TypicalRecordBytes, WhenFull);
    }

    private static HttpOptions ReadHttp(FlagReader flags, HttpOptions defaults)
    {
        flags.Group("HTTP");
        var options = new HttpOptions
        {
            Address = flags.Get("--address", "HOST:PORT", defaults.Address, HostPort.Parse,
                "The address that users and agents connect to: HTTP/1.1 in clear text"),
            Http2Address = flags.Get("--http2-address", "HOST:PORT", defaults.Http2Address, text => HostPort.Parse(text),
                "One more address, for HTTP/2 in clear text (prior knowledge)"),
            TlsAddress = flags.Get("--tls-address", "HOST:PORT", defaults.TlsAddress, text => HostPort.Parse(text),
                "One more address, for HTTP/1.1 and HTTP/2 over TLS"),
            Tls = TlsFlags.Read(flags, "--tls", "For --tls-address", "agents"),
            RequestsPerUser = flags.Get("--requests-per-user", "N", defaults.RequestsPerUser, FlagText.Integer(1, 100_000),
                "Maximum number of requests a second of one user, averaged over ten seconds. Further ones get 429"),
            RequestsPerAgentKey = flags.Get("--requests-per-agent-key", "N", defaults.RequestsPerAgentKey, FlagText.Integer(1, 100_000),
                "Maximum number of requests a second with one agent key, averaged over ten seconds. Further ones get 429"),
        };
        return options.TlsAddress is null == options.Tls is null ? options : throw new UsageException(
            "--tls-address: needs --tls-certificate and --tls-key, and they need --tls-address");
    }

    private static GatewayOptions ReadAccess(FlagReader flags, GatewayOptions defaults)
    {
        flags.Group("Who may do what");
        var options = defaults with
        {
            AgentKey = flags.Secret("--agent-key", defaults.AgentKey,
                "The bearer key of every agent. The default is accepted on loopback addresses only, and never for replies"),
            AgentKeysFile = flags.Text("--agent-keys-file", "PATH",
                "A file with an agent's id and its own key on each line. Agents in it cannot use --agent-key. "
                + "A changed file is loaded within a second"),
            Users = new UserAuthOptions
            {
                JwksUri = flags.Get("--auth0-jwks-uri", "URL", defaults.Users.JwksUri, UserAuthOptions.ParseJwksUri,
                    "The URL of the keys (JWKS) of the provider that issues users' tokens"),
                Issuer = flags.Text("--auth0-issuer", "TEXT", "The exact value of a token's iss"),
                Audience = flags.Text("--auth0-audience", "TEXT", "A value that a token's aud must hold. Without it aud is not checked"),
                Bypass = flags.Switch(
                    "--bypass-jwt", "Treat every request as the test user's, without a token. On loopback addresses only"),
            },
            IKnow = flags.Switch("--i-know", "Allow --bypass-jwt and the default --agent-key on addresses that other machines reach"),
            Database = ReadDatabase(flags),
        };
        if (options.AgentKey.Length == 0)
            throw new UsageException("--agent-key: must not be empty");
        try
        {
            if (options.AgentKeysFile is { } file)
                _ = Auth.AgentKeysFile.Read(file);
            return options;
        }
        catch (StartupException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static DatabaseUrl ReadDatabase(FlagReader flags)
    {
        flags.Group("Database");
        try
        {
            return DatabaseUrl.Parse(
                flags.Secret("--database-url", DatabaseUrl.Default, "The PostgreSQL database as a URL, or sqlite:PATH"));
        }
        catch (FormatException e)
        {
            throw new UsageException($"--database-url: {e.Message}");
        }
    }

    private static ProbeOptions ReadProbes(FlagReader flags, ProbeOptions defaults)
    {
        flags.Group("Measurements");
        return new ProbeOptions
        {
            MaxProbes = flags.Get("--probes-max-per-body", "N", defaults.MaxProbes, FlagText.Long(1),
                "Maximum number of probes of one measurement"),
            MaxBodyBytes = flags.Get("--probes-max-body-bytes", "BYTES", defaults.MaxBodyBytes, FlagText.Long(1),
                "Maximum size of a body of NDJSON or CSV, bytes. JSON is limited to 2 MiB"),
            IdleTimeout = flags.Seconds("--probes-idle-timeout", defaults.IdleTimeout, 1, 86_400,
                "Seconds that a body of probes may send nothing before it is given up"),
        };
    }

    private static OutboxOptions ReadOutbox(FlagReader flags, OutboxOptions defaults) => defaults with
    {
        Grace = flags.Seconds("--probes-deadline", defaults.Grace, 1, 604_800,
            "Seconds that an agent may take longer than necessary before the rest of its measurement is cancelled"),
        Directory = flags.StatePath("--outbox-dir", "DIR", "outbox", "The directory that keeps probes until Kafka has them"),
    };

    private static ResultOptions ReadResults(FlagReader flags, ResultOptions defaults)
    {
        flags.Group("Results");
        return new ResultOptions
        {
            MemoryBytes = flags.Get("--results-memory-bytes", "BYTES", defaults.MemoryBytes, FlagText.Long(1),
                "Memory for the newest replies to active measurements, bytes"),
            ClickHouseUrl = flags.Get("--clickhouse-url", "URL", defaults.ClickHouseUrl, UserAuthOptions.ParseJwksUri,
                "The HTTP URL of the ClickHouse that has the replies. Older replies are read from it"),
        };
    }

    private static UploadOptions ReadReplies(FlagReader flags, UploadOptions defaults)
    {
        flags.Group("Replies");
        return new UploadOptions
        {
            CaracalId = flags.Get("--caracal-id", "N", defaults.CaracalId, text => (ushort)FlagText.Integer(0, ushort.MaxValue)(text),
                "The ID that the senders of probes are started with, for bodies without it. IPv4 probes that do not match it are left out"),
            MaxBodies = flags.Get("--replies-max-bodies", "N", defaults.MaxBodies, FlagText.Integer(1),
                "Maximum number of bodies of replies at a time"),
            MaxBodiesPerAgent = flags.Get("--replies-max-bodies-per-agent", "N", defaults.MaxBodiesPerAgent, FlagText.Integer(1),
                "Maximum number of bodies of one agent at a time"),
            MaxExpandedBytes = flags.Get("--replies-max-expanded-bytes", "BYTES", defaults.MaxExpandedBytes, FlagText.Long(1),
                "Maximum size of a compressed body once it is expanded, bytes. A plain body may be of any length"),
            IdleTimeout = flags.Seconds("--replies-idle-timeout", defaults.IdleTimeout, 1, 86_400,
                "Seconds that a body of replies may send nothing before it is given up"),
            AckTimeout = flags.Seconds("--replies-ack-timeout", defaults.AckTimeout, 1, 86_400,
                "Seconds that a body waits for room, and its answer for Kafka. After that the agent gets 503 and sends it again"),
        };
    }
}
