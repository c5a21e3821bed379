using System.Net;
using Risotto.Curate;
using Risotto.Pipeline;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;
using Shared.Hosting.Tls;
using Shared.Records.Batch;

namespace Risotto;

/// <summary>All that a collector can be told. <see cref="RisottoFlags"/> makes it from the command line and the environment.</summary>
internal sealed record RisottoOptions
{
    /// <summary>What the names of the flags for TLS begin with.</summary>
    public const string TlsFlags = "--bmp-tls";

    /// <summary>Where routers connect. IANA has no port for BMP; 4000 is what the deployment uses.</summary>
    public HostPort BmpAddress { get; init; } = new("0.0.0.0", 4000);

    /// <summary>Where Prometheus and the orchestrator ask.</summary>
    public HostPort MetricsAddress { get; init; } = new("0.0.0.0", 8080);

    /// <summary>Who may connect; empty: everyone, as ever.</summary>
    public IReadOnlyList<IPNetwork> Allow { get; init; } = [];

    /// <summary>Whose connections begin with a PROXY header, which names the router. Nobody else's header is believed.</summary>
    public IReadOnlyList<IPNetwork> ProxyFrom { get; init; } = [];

    /// <summary>PEM file of the listener's certificate and those that lead to its authority; null: no TLS.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file of its private key.</summary>
    public string? TlsKey { get; init; }

    /// <summary>PEM file of the authorities of which a router's own certificate has to be; null: routers need none.</summary>
    public string? TlsClientCa { get; init; }

    /// <summary>Sessions at a time. Each costs at most <see cref="Listen.BmpListener.ReadAheadBytes"/> and one message.</summary>
    public int MaxSessions { get; init; } = 1000;

    /// <summary>Sessions at a time from one address: a router that reconnects leaves a half-open one behind, seldom many.</summary>
    public int MaxSessionsPerSource { get; init; } = 16;

    /// <summary>TCP keepalive: how long a silent connection is left alone before it is probed. A dead one ends 30 s later.</summary>
    public TimeSpan Keepalive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a begun message, or a connection's first one, may take. Routers write messages whole.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a router may be silent between messages; zero: for ever, because a quiet table sends nothing.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.Zero;

    public PipelineOptions Pipeline { get; init; } = new();

    public KafkaOptions Kafka { get; init; } = new() { SaslUsername = "risotto", SaslPassword = "risotto" };

    public BatchOptions Batches { get; init; } = new() { MaxRecordBytes = PipelineOutputs.MaxRecordBytes };

    /// <summary>How often it is looked for batches that have waited long enough.</summary>
    public TimeSpan BatchWaitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public string UpdatesTopic { get; init; } = "risotto-updates";

    /// <summary>Peer events; null: off.</summary>
    public string? PeersTopic { get; init; }

    /// <summary>Statistics reports; null: off.</summary>
    public string? StatsTopic { get; init; }

    /// <summary>Malformed messages; null: off.</summary>
    public string? MalformedTopic { get; init; } = "risotto-malformed";

    /// <summary>Those that are on.</summary>
    public IReadOnlyList<string> Topics => [.. new[] { UpdatesTopic, PeersTopic, StatsTopic, MalformedTopic }.OfType<string>()];

    /// <summary>Stands in every record.</summary>
    public string CollectorId { get; init; } = Environment.MachineName;

    /// <summary>Peers with metric series of their own; the others share one per router.</summary>
    public int MetricsMaxPeers { get; init; } = 1000;

    /// <summary>Null: every record passes, and no state is kept.</summary>
    public CurationOptions? Curation { get; init; } = new();

    /// <summary>What the flags' own parsers cannot see: values that do not go together.</summary>
    /// <exception cref="UsageException">Names the flag.</exception>
    public RisottoOptions Validate()
    {
        if (System.Text.Encoding.UTF8.GetByteCount(CollectorId) is 0 or > 200)
            throw new UsageException("--collector-id: has to have 1 to 200 bytes");
        if (MaxSessionsPerSource > MaxSessions)
            throw new UsageException($"--bmp-max-sessions-per-source: {MaxSessionsPerSource} is more than --bmp-max-sessions {MaxSessions}");
        if (TlsCertificate is null != TlsKey is null)
            throw new UsageException($"{(TlsKey is null ? "--bmp-tls-certificate: needs --bmp-tls-key" : "--bmp-tls-key: needs --bmp-tls-certificate")} beside it");
        if (TlsClientCa is not null && TlsCertificate is null)
            throw new UsageException("--bmp-tls-client-ca: needs --bmp-tls-certificate and --bmp-tls-key beside it");
        try
        {
            if (TlsCertificate is not null)
                _ = new TlsCertificateFiles(TlsFlags, TlsCertificate, TlsKey!, TlsClientCa);
        }
        catch (StartupException e)
        {
            throw new UsageException(e.Message);
        }
        if (Topics.GroupBy(topic => topic).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new UsageException($"--kafka-topic and the other topics' flags: {same.Key} is given twice, but topics differ in their schema");
        return this;
    }
}
