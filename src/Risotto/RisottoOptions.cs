using Risotto.Curate;
using Risotto.Frame;
using Risotto.Listen;
using Risotto.Pipeline;
using Shared.Delivery.Kafka;
using Shared.Hosting.Flags;
using Shared.Hosting.Service;

namespace Risotto;

/// <summary>The collector's options, and the flags that set them.</summary>
internal sealed record RisottoOptions : ServiceOptions
{
    // An IPv6 announcement with a short path and a few communities.
    private const int TypicalRecordBytes = 320;

    private const string WhenFull = "the routers wait";

    public RisottoOptions()
        : base(new KafkaOptions { SaslUsername = "risotto", SaslPassword = "risotto" }, PipelineOutputs.MaxRecordBytes)
    {
    }

    public ListenOptions Listen { get; init; } = new();

    public PipelineOptions Pipeline { get; init; } = new();

    /// <summary>Null: every record passes, and no state is kept.</summary>
    public CurationOptions? Curation { get; init; } = new();

    public string UpdatesTopic { get; init; } = "risotto-updates";

    /// <summary>Peer events; null: off.</summary>
    public string? PeersTopic { get; init; }

    /// <summary>Statistics reports; null: off.</summary>
    public string? StatsTopic { get; init; }

    /// <summary>Malformed messages; null: off.</summary>
    public string? MalformedTopic { get; init; } = "risotto-malformed";

    /// <summary>Peers with metric series of their own. The other peers of a router share one.</summary>
    public int MetricsMaxPeers { get; init; } = 1000;

    public override IReadOnlyList<string> Topics => [.. new[] { UpdatesTopic, PeersTopic, StatsTopic, MalformedTopic }.OfType<string>()];

    /// <param name="environment">Replaces the process's environment.</param>
    public static CommandLine<RisottoOptions> CommandLine(Func<string, string?>? environment = null) => new(
        "risotto", "Takes BMP (RFC 7854) from routers and writes each route change to Kafka as a Cap'n Proto record.", Read,
        environment: environment);

    private static RisottoOptions Read(FlagReader flags)
    {
        var defaults = new RisottoOptions();
        var options = new RisottoOptions
        {
            Listen = ReadListen(flags, defaults.Listen),
            Pipeline = new PipelineOptions
            {
                MaxMessageBytes = flags.Get("--bmp-max-message-bytes", "BYTES", defaults.Pipeline.MaxMessageBytes,
                    FlagText.Integer(BmpFramer.SmallestLimit, 64 << 20),
                    "Maximum length of a BMP message, bytes. A longer one closes its session"),
                IgnoreLocRib = flags.Switch(
                    "--ignore-loc-rib", "Leave out the routes of Loc-RIB peers (RFC 9069), as the first version did"),
            },
            Curation = ReadCuration(flags, defaults.Curation!),
            Kafka = KafkaFlags.Read(flags, defaults.Kafka, WhenFull),
        };
        options = Read(flags, ReadTopics(flags, options), TypicalRecordBytes, WhenFull);
        flags.Group("Metrics");
        return options with
        {
            MetricsMaxPeers = flags.Get("--metrics-max-peers", "N", defaults.MetricsMaxPeers, FlagText.Integer(0),
                "Maximum number of peers with metric series of their own. The others are counted as peer=\"other\""),
        };
    }

    private static ListenOptions ReadListen(FlagReader flags, ListenOptions defaults)
    {
        flags.Group("Routers");
        var options = new ListenOptions
        {
            Address = flags.Get("--bmp-address", "HOST:PORT", defaults.Address, HostPort.Parse, "The address that routers connect to"),
            Allow = flags.List("--allow", "PREFIX", defaults.Allow, FlagText.Prefix,
                "Routers that may connect, e.g. 192.0.2.0/24. Without it every router may"),
            ProxyFrom = flags.List("--bmp-proxy-from", "PREFIX", defaults.ProxyFrom, FlagText.Prefix,
                "Proxies. Their connections must begin with a PROXY protocol header of version 2, which names the router"),
            Tls = TlsFlags.Read(flags, "--bmp-tls", "BMP over TLS", "routers"),
            MaxSessions = flags.Get("--bmp-max-sessions", "N", defaults.MaxSessions, FlagText.Integer(1),
                "Maximum number of sessions at a time"),
            MaxSessionsPerSource = flags.Get("--bmp-max-sessions-per-source", "N", defaults.MaxSessionsPerSource, FlagText.Integer(1),
                "Maximum number of sessions at a time from one address"),
            Keepalive = flags.Seconds("--bmp-keepalive", defaults.Keepalive, 0, 32_767,
                "TCP keepalive: seconds that a connection may be silent before it is probed. 0: no keepalive"),
            MessageTimeout = flags.Seconds("--bmp-message-timeout", defaults.MessageTimeout, 0, 86_400,
                "Seconds that a message, or the first message of a connection, may take to arrive. 0: no limit"),
            IdleTimeout = flags.Seconds("--bmp-idle-timeout", defaults.IdleTimeout, 0, 31_536_000,
                "Seconds that a session may be without a message before it is closed. 0: no limit"),
        };
        if (options.MaxSessionsPerSource <= options.MaxSessions)
            return options;
        // The default gives way where fewer sessions are wanted in all.
        return flags.SourceOf("--bmp-max-sessions-per-source") == FlagSource.Default
            ? options with { MaxSessionsPerSource = options.MaxSessions }
            : throw new UsageException(
                $"--bmp-max-sessions-per-source: {options.MaxSessionsPerSource} is more than --bmp-max-sessions {options.MaxSessions}");
    }

    private static CurationOptions? ReadCuration(FlagReader flags, CurationOptions defaults)
    {
        flags.Group("Curation");
        bool isOff = flags.Switch(
            "--curation-disable", "Forward every record, repeats included, and withdraw only what the routers withdraw");
        string mode = flags.Get("--curation-mode", "MODE", "attributes", FlagText.OneOf("attributes", "presence"),
            "Routes that pass. attributes: new, changed and withdrawn ones; presence: new and withdrawn ones, as in the first version");
        var sweepAfter = flags.SecondsOrNever("--curation-sweep-after", defaults.SweepAfter,
            "A router that came back repeats its routes until End-of-RIB. The others are then withdrawn; without End-of-RIB, when the"
            + " router has said nothing about the peer's table for so many seconds (a fifth more or less, at random), or never");
        var options = new CurationOptions
        {
            PresenceOnly = mode == "presence",
            Hold = flags.SecondsOrNever("--curation-hold", defaults.Hold,
                "Seconds that the routes of a router without a session are kept before they are withdrawn, or never"),
            SweepAfter = sweepAfter,
            SweepJitter = (sweepAfter ?? default) / 5,
            Refresh = flags.SecondsOrNever("--curation-refresh", defaults.Refresh,
                "Seconds after which a repeated announcement passes once more, for consumers that forget old rows; or never"),
            MaxRoutes = flags.Get("--curation-max-routes", "N", defaults.MaxRoutes, FlagText.Long(1),
                "Maximum number of routes of one router. Further ones are left out and counted"),
            StatePath = flags.StatePath(
                "--curation-state-path", "PATH", "state.bin", "The state file: the routers' tables, for the next start"),
            StateInterval = flags.Seconds("--curation-state-interval", defaults.StateInterval, 1, 86_400,
                "Seconds between two state files"),
        };
        return isOff ? null : options;
    }

    private static RisottoOptions ReadTopics(FlagReader flags, RisottoOptions defaults)
    {
        flags.Group("Records");
        string updates = KafkaFlags.ReadTopic(flags, "--kafka-topic", defaults.UpdatesTopic, "Topic of the route changes (update.capnp)");
        string malformed = KafkaFlags.ReadTopic(flags, "--kafka-malformed-topic", defaults.MalformedTopic!,
            "Topic of malformed messages (malformed.capnp)");
        bool dropsMalformed = flags.Switch("--malformed-disable", "Do not keep malformed messages");
        bool writesPeers = flags.Switch("--peers-enable", "Write peer and session events too");
        string peers = KafkaFlags.ReadTopic(flags, "--kafka-peers-topic", "risotto-peers", "Topic of peer and session events (peer.capnp)");
        bool writesStats = flags.Switch("--stats-enable", "Write statistics reports too");
        string stats = KafkaFlags.ReadTopic(flags, "--kafka-stats-topic", "risotto-stats", "Topic of statistics reports (stats.capnp)");
        var options = defaults with
        {
            UpdatesTopic = updates,
            PeersTopic = writesPeers ? peers : null,
            StatsTopic = writesStats ? stats : null,
            MalformedTopic = dropsMalformed ? null : malformed,
        };
        return options.Topics.GroupBy(topic => topic).FirstOrDefault(group => group.Count() > 1) is { } same
            ? throw new UsageException(
                $"--kafka-topic and the other topics' flags: {same.Key} is given twice, but topics differ in their schema")
            : options;
    }
}
