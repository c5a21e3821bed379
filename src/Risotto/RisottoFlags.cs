using System.Globalization;
using System.Net;
using Risotto.Curate;
using Risotto.Frame;
using Risotto.Pipeline;
using Shared.Hosting.Flags;
using Shared.Hosting.Logging;

namespace Risotto;

/// <summary>The command line: flags in the order of <c>--help</c>, and how they become options.</summary>
internal sealed class RisottoFlags
{
    // What an IPv6 announcement with a short path and a few communities takes.
    private const int TypicalRecordBytes = 320;

    private const string Never = "never";

    private static readonly RisottoOptions Defaults = new();

    private readonly Flag<HostPort> _bmpAddress, _metricsAddress;
    private readonly Flag<IReadOnlyList<IPNetwork>> _allow, _proxyFrom;
    private readonly Flag<string?> _tlsCertificate, _tlsKey, _tlsClientCa;
    private readonly Flag<int> _maxSessions, _maxSessionsPerSource, _keepalive, _messageTimeout, _idleTimeout, _maxMessageBytes, _maxPeers;
    private readonly Flag<bool> _ignoreLocRib, _peersEnable, _statsEnable, _malformedDisable, _curationDisable;
    private readonly Flag<string> _topic, _peersTopic, _statsTopic, _malformedTopic, _collectorId, _statePath;
    private readonly Flag<int> _stateInterval, _sweepAfter;
    private readonly Flag<string> _curationMode, _hold, _refresh;
    private readonly Flag<long> _maxRoutes;
    private readonly KafkaFlags _kafka;
    private readonly LoggingFlags _logging;

    /// <param name="environment">Instead of the process's environment.</param>
    public RisottoFlags(Func<string, string?>? environment = null)
    {
        var flags = Set = new FlagSet("risotto", "Takes BMP (RFC 7854) from routers and writes each route change to Kafka as a Cap'n Proto record.", environment);
        _bmpAddress = flags.Add("--bmp-address", "HOST:PORT", Defaults.BmpAddress, HostPort.Parse, "Where routers connect");
        _allow = flags.AddList("--allow", "PREFIX", Defaults.Allow, FlagText.Prefix, "Routers that may connect, e.g. 192.0.2.0/24; none given: everyone");
        _proxyFrom = flags.AddList("--bmp-proxy-from", "PREFIX", Defaults.ProxyFrom, FlagText.Prefix,
            "Proxies: their connections have to begin with a PROXY protocol header of version 2, which names the router");
        _tlsCertificate = flags.Add<string?>("--bmp-tls-certificate", "PATH", null, FlagText.Any,
            "BMP over TLS: PEM file of the certificate to show, and behind it those that lead to its authority; looked at again when it changes");
        _tlsKey = flags.Add<string?>("--bmp-tls-key", "PATH", null, FlagText.Any, "PEM file of its private key");
        _tlsClientCa = flags.Add<string?>("--bmp-tls-client-ca", "PATH", null, FlagText.Any,
            "PEM file of authorities: only routers with a certificate of theirs are let in");
        _maxSessions = flags.Add("--bmp-max-sessions", "N", Defaults.MaxSessions, FlagText.Integer(1), "Most sessions at a time");
        _maxSessionsPerSource = flags.Add("--bmp-max-sessions-per-source", "N", Defaults.MaxSessionsPerSource, FlagText.Integer(1),
            "Most sessions at a time from one address");
        _keepalive = flags.Add("--bmp-keepalive", "SECONDS", Seconds(Defaults.Keepalive), FlagText.Integer(0, 32767),
            "TCP keepalive: silence before a connection is probed, seconds; 0: none");
        _messageTimeout = flags.Add("--bmp-message-timeout", "SECONDS", Seconds(Defaults.MessageTimeout), FlagText.Integer(0, 86400),
            "A begun message, or a connection's first one, has to be complete by then, seconds; 0: whenever");
        _idleTimeout = flags.Add("--bmp-idle-timeout", "SECONDS", Seconds(Defaults.IdleTimeout), FlagText.Integer(0, 31_536_000),
            "A session without a message for so long is closed, seconds; 0: never");
        _maxMessageBytes = flags.Add("--bmp-max-message-bytes", "BYTES", Defaults.Pipeline.MaxMessageBytes,
            FlagText.Integer(BmpFramer.SmallestLimit, 64 << 20), "A longer BMP message closes its session");
        _ignoreLocRib = flags.AddSwitch("--ignore-loc-rib", "Leave out routes of Loc-RIB peers (RFC 9069), as before version 0.1");
        _collectorId = flags.Add("--collector-id", "NAME", Defaults.CollectorId, FlagText.Any, "This collector's name in every record");

        _kafka = new KafkaFlags(flags, "risotto", TypicalRecordBytes);
        _topic = flags.Add("--kafka-topic", "TOPIC", Defaults.UpdatesTopic, KafkaFlags.Topic, "Topic of the route changes (update.capnp)");
        _malformedTopic = flags.Add("--kafka-malformed-topic", "TOPIC", Defaults.MalformedTopic!, KafkaFlags.Topic, "Topic of malformed messages (malformed.capnp)");
        _malformedDisable = flags.AddSwitch("--malformed-disable", "Keep no malformed messages");
        _peersEnable = flags.AddSwitch("--peers-enable", "Write peer and session events too");
        _peersTopic = flags.Add("--kafka-peers-topic", "TOPIC", "risotto-peers", KafkaFlags.Topic, "Topic of peer and session events (peer.capnp)");
        _statsEnable = flags.AddSwitch("--stats-enable", "Write statistics reports too");
        _statsTopic = flags.Add("--kafka-stats-topic", "TOPIC", "risotto-stats", KafkaFlags.Topic, "Topic of statistics reports (stats.capnp)");

        _metricsAddress = flags.Add("--metrics-address", "HOST:PORT", Defaults.MetricsAddress, HostPort.Parse, "Where /metrics, /livez and /readyz answer");
        _maxPeers = flags.Add("--metrics-max-peers", "N", Defaults.MetricsMaxPeers, FlagText.Integer(0),
            "Most peers with metric series of their own; the others are counted as peer=\"other\"");
        var curation = Defaults.Curation!;
        _curationDisable = flags.AddSwitch("--curation-disable", "Forward every record: repeats too, and no withdrawals but the routers' own");
        _curationMode = flags.Add("--curation-mode", "MODE", "attributes", FlagText.OneOf("attributes", "presence"),
            "What passes: attributes: new, changed and withdrawn routes; presence: new and withdrawn ones only, as before version 0.1");
        _hold = flags.Add("--curation-hold", "SECONDS", Text(curation.Hold), SecondsOrNever,
            "How long the routes of a router without a session stay before they are withdrawn, seconds, or never");
        _sweepAfter = flags.Add("--curation-sweep-after", "SECONDS", Seconds(curation.SweepAfter), FlagText.Integer(1, 86_400),
            "Routes that a router does not repeat after it came back are withdrawn at End-of-RIB, or, where none comes, after so many seconds (a fifth more or less, by chance)");
        _refresh = flags.Add("--curation-refresh", "SECONDS", Text(curation.Refresh), SecondsOrNever,
            "A repeated announcement passes once in so many seconds, for consumers that forget old rows; or never");
        _maxRoutes = flags.Add("--curation-max-routes", "N", curation.MaxRoutes, FlagText.Long(1), "Most routes of one router; further ones are left out and counted");
        _statePath = flags.Add("--curation-state-path", "PATH", curation.StatePath!, FlagText.Any, "State file: what is known of the routers' tables, over restarts");
        _stateInterval = flags.Add("--curation-state-interval", "SECONDS", Seconds(curation.StateInterval), FlagText.Integer(1, 86_400), "How often it is written, seconds");
        _logging = new LoggingFlags(flags);
    }

    public FlagSet Set { get; }

    /// <exception cref="UsageException">Names the flag.</exception>
    public (RisottoOptions Options, LoggingOptions Logging) Read(FlagValues values)
    {
        var options = ReadService(values).Validate();
        return (options with { Batches = _kafka.ReadBatches(values, PipelineOutputs.MaxRecordBytes, options.Topics.Count) }, _logging.Read(values));
    }

    private RisottoOptions ReadService(FlagValues values) => new()
    {
        BmpAddress = values.Get(_bmpAddress),
        MetricsAddress = values.Get(_metricsAddress),
        Allow = values.Get(_allow),
        ProxyFrom = values.Get(_proxyFrom),
        TlsCertificate = values.Get(_tlsCertificate),
        TlsKey = values.Get(_tlsKey),
        TlsClientCa = values.Get(_tlsClientCa),
        MaxSessions = values.Get(_maxSessions),
        // The default gives way where fewer sessions are wanted in all.
        MaxSessionsPerSource = values.SourceOf(_maxSessionsPerSource) == FlagSource.Default
            ? Math.Min(values.Get(_maxSessionsPerSource), values.Get(_maxSessions))
            : values.Get(_maxSessionsPerSource),
        Keepalive = TimeSpan.FromSeconds(values.Get(_keepalive)),
        MessageTimeout = TimeSpan.FromSeconds(values.Get(_messageTimeout)),
        IdleTimeout = TimeSpan.FromSeconds(values.Get(_idleTimeout)),
        Pipeline = new PipelineOptions { MaxMessageBytes = values.Get(_maxMessageBytes), IgnoreLocRib = values.Get(_ignoreLocRib) },
        Kafka = _kafka.ReadKafka(values),
        BatchWaitInterval = _kafka.BatchWaitInterval(values),
        UpdatesTopic = values.Get(_topic),
        PeersTopic = values.Get(_peersEnable) ? values.Get(_peersTopic) : null,
        StatsTopic = values.Get(_statsEnable) ? values.Get(_statsTopic) : null,
        MalformedTopic = values.Get(_malformedDisable) ? null : values.Get(_malformedTopic),
        CollectorId = values.Get(_collectorId),
        MetricsMaxPeers = values.Get(_maxPeers),
        Curation = values.Get(_curationDisable) ? null : ReadCuration(values),
    };

    private CurationOptions ReadCuration(FlagValues values)
    {
        var sweepAfter = TimeSpan.FromSeconds(values.Get(_sweepAfter));
        return new()
        {
            PresenceOnly = values.Get(_curationMode) == "presence",
            Hold = Time(values.Get(_hold)),
            SweepAfter = sweepAfter,
            SweepJitter = sweepAfter / 5,
            Refresh = Time(values.Get(_refresh)),
            MaxRoutes = values.Get(_maxRoutes),
            StatePath = values.Get(_statePath),
            StateInterval = TimeSpan.FromSeconds(values.Get(_stateInterval)),
        };
    }

    private static TimeSpan? Time(string seconds) => seconds == Never ? null : TimeSpan.FromSeconds(FlagText.Integer(1)(seconds));

    private static string Text(TimeSpan? time) => time is { } known ? Seconds(known).ToString(CultureInfo.InvariantCulture) : Never;

    private static string SecondsOrNever(string text)
    {
        try
        {
            return text == Never ? text : FlagText.Integer(1, 31_536_000)(text).ToString(CultureInfo.InvariantCulture);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{e.Message}, nor '{Never}'");
        }
    }

    private static int Seconds(TimeSpan time) => (int)time.TotalSeconds;
}
