using SaimirisGateway.Auth;
using SaimirisGateway.Probes.Outbox;
using SaimirisGateway.Probes.Submit;
using SaimirisGateway.Replies.Pipeline;
using SaimirisGateway.Replies.Results;
using SaimirisGateway.Storage;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;
using Shared.Records.Batch;

namespace SaimirisGateway;

/// <summary>All that a gateway can be told. <see cref="GatewayFlags"/> makes it from the command line and the environment.</summary>
internal sealed record GatewayOptions
{
    /// <summary>The shared key that everybody knows: the service's first version had it, and replies are not taken for it.</summary>
    public const string DefaultAgentKey = AgentKeys.DefaultKey;

    /// <summary>What the names of the flags for TLS begin with.</summary>
    public const string TlsFlags = "--tls";

    /// <summary>HTTP/1.1 in clear text.</summary>
    public HostPort Address { get; init; } = new("0.0.0.0", 8080);

    /// <summary>HTTP/2 in clear text, with prior knowledge; null: not offered.</summary>
    public HostPort? Http2Address { get; init; }

    /// <summary>HTTP/1.1 and HTTP/2 over TLS; null: not offered.</summary>
    public HostPort? TlsAddress { get; init; }

    /// <summary>PEM files.</summary>
    public string? TlsCertificate { get; init; }

    public string? TlsKey { get; init; }

    /// <summary>PEM file of the authorities whose certificates agents have to show; null: none is asked for.</summary>
    public string? TlsClientCa { get; init; }

    /// <summary>Metrics and health.</summary>
    public HostPort MetricsAddress { get; init; } = new("0.0.0.0", 9090);

    /// <summary>Users, agents and measurements: PostgreSQL or SQLite.</summary>
    public DatabaseUrl Database { get; init; } = DatabaseUrl.Parse(DatabaseUrl.Default);

    public UserAuthOptions Users { get; init; } = new();

    /// <summary>One key for all agents.</summary>
    public string AgentKey { get; init; } = DefaultAgentKey;

    /// <summary>What everybody could use may be open to more than this machine.</summary>
    public bool IKnow { get; init; }

    /// <summary>A second, of one user; ten seconds' worth may come at once.</summary>
    public int RequestsPerUser { get; init; } = 100;

    /// <summary>A second, with one agent key; ten seconds' worth may come at once. All agents may share one.</summary>
    public int RequestsPerAgentKey { get; init; } = 1000;

    /// <summary>What a submission may be.</summary>
    public ProbeOptions Probes { get; init; } = new();

    public OutboxOptions Outbox { get; init; } = new();

    public ResultOptions Results { get; init; } = new();

    /// <summary>Lines of "ID KEY"; null: there is only the shared key.</summary>
    public string? AgentKeysFile { get; init; }

    /// <summary>Of agents that do not say theirs; null: the integrity of their probes is not checked.</summary>
    public ushort? CaracalId { get; init; }

    /// <summary>Bodies under way, of all agents.</summary>
    public int MaxBodies { get; init; } = 1024;

    /// <summary>Bodies under way, of one agent.</summary>
    public int MaxBodiesPerAgent { get; init; } = 8;

    /// <summary>What a compressed body may become. A plain one may be of any length.</summary>
    public long MaxExpandedBytes { get; init; } = 1L << 30;

    /// <summary>A body of which nothing comes for so long is given up.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a body waits for a free batch, and an answer for the acknowledgement.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public KafkaOptions Kafka { get; init; } = new();

    public BatchOptions Batches { get; init; } = new() { MaxRecordBytes = ReplyPipeline.MaxOutputBytes };

    /// <summary>How often it is looked for batches that have waited long enough.</summary>
    public TimeSpan BatchWaitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public string RepliesTopic { get; init; } = "saimiris-replies";

    /// <summary>Stands in every record.</summary>
    public string CollectorId { get; init; } = Environment.MachineName;

    /// <summary>The key that lets every agent in; null where it is the default and agents have keys of their own.</summary>
    public string? SharedKey => AgentKey == DefaultAgentKey && AgentKeysFile is not null ? null : AgentKey;

    /// <summary>What the flags' own parsers cannot see: values that do not go together.</summary>
    /// <exception cref="UsageException">Names the flag.</exception>
    public GatewayOptions Validate()
    {
        if (System.Text.Encoding.UTF8.GetByteCount(CollectorId) is 0 or > 200)
            throw new UsageException("--collector-id: has to have 1 to 200 bytes");
        if (AgentKey.Length == 0)
            throw new UsageException("--agent-key: must not be empty");
        if (TlsAddress is null != TlsCertificate is null || TlsCertificate is null != TlsKey is null)
            throw new UsageException("--tls-address: needs --tls-certificate and --tls-key beside it, and they need --tls-address");
        if (TlsClientCa is not null && TlsAddress is null)
            throw new UsageException("--tls-client-ca: needs --tls-address, --tls-certificate and --tls-key beside it");
        CheckOpenDoors();
        try
        {
            if (AgentKeysFile is not null)
                _ = Auth.AgentKeysFile.Read(AgentKeysFile);
            if (TlsAddress is not null)
                _ = new TlsCertificateFiles(TlsFlags, TlsCertificate!, TlsKey!, TlsClientCa);
        }
        catch (StartupException e)
        {
            throw new UsageException(e.Message);
        }
        return this;
    }

    private void CheckOpenDoors()
    {
        (string Flag, HostPort? Address)[] addresses = [("--address", Address), ("--http2-address", Http2Address), ("--tls-address", TlsAddress)];
        var (flag, open) = addresses.FirstOrDefault(address => address.Address is { IsLoopback: false });
        if (IKnow || flag is null)
            return;
        if (Users.Bypass)
            throw new UsageException($"--bypass-jwt: everybody who reaches {flag} {open} would be the test user; listen on a loopback address, or say --i-know");
        if (SharedKey == DefaultAgentKey)
        {
            throw new UsageException($"--agent-key: everybody knows its default value, and who reaches {flag} {open} could speak for every agent; "
                + "give a key (--agent-key-file), or --agent-keys-file, listen on a loopback address, or say --i-know");
        }
    }
}
