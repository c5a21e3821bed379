using Prometheus;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;
using Shared.Hosting.Logging;
using Shared.Records.Wire;

namespace Risotto.Telemetry;

/// <summary>
/// The metrics of the sessions. Each session counts into a <see cref="SessionCounters"/>; they are published here at each scrape and when
/// a session ends. Routers and peers are labelled with their address in its own family, IPv4 as 192.0.2.1, in every metric. The series of
/// a peer are removed when it is not configured any more (Peer Down reason 5), those of a router and its peers with its last session.
/// </summary>
internal sealed class RisottoMetrics
{
    /// <summary>The label of the peers that have no series of their own.</summary>
    public const string Other = "other";

    // Families come from the wire; the further ones are counted as "other".
    private const int MaxSkippedFamilies = 64;

    private readonly Lock _gate = new();
    private readonly HashSet<SessionMetrics> _sessions = [];
    private readonly Dictionary<string, RouterSeries> _routers = [];
    private readonly HashSet<AddressFamily> _skippedFamilies = [];
    private readonly int _maxPeers;
    private int _peers;

    private readonly Counter _messages, _received, _emitted, _superseded, _malformed, _nlriSkipped, _refused, _closed;
    private readonly Gauge _established, _openSessions, _certificateExpiry;
    private readonly Counter _waits;
    private readonly Histogram _readToBatch;

    public RisottoMetrics(CollectorRegistry registry, int maxPeers, TimeProvider time)
    {
        _maxPeers = maxPeers;
        MalformedLines = new LogSampler(10, TimeSpan.FromMinutes(1), time);
        RouterLines = new LogSampler(200, TimeSpan.FromMinutes(1), time);
        var metrics = Metrics.WithCustomRegistry(registry);
        _messages = metrics.CreateCounter("risotto_bmp_messages_total", "BMP messages decoded.", "router", "type");
        _received = metrics.CreateCounter("risotto_rx_updates_total", "Prefixes received, announced and withdrawn.", "router", "peer");
        _emitted = metrics.CreateCounter("risotto_tx_updates_total", "Update records written to a batch.", "router", "peer");
        _superseded = metrics.CreateCounter("risotto_superseded_total",
            "Prefixes left out: a session reported them while a newer session of the router reported the same table.", "router");
        _established = metrics.CreateGauge("risotto_peer_established", "1 from a Peer Up to the Peer Down.", "router", "peer");
        _openSessions = metrics.CreateGauge("risotto_sessions", "Router sessions that are open.");
        _refused = metrics.CreateCounter("risotto_refused_total", "Connections that did not become a session.", "reason");
        _certificateExpiry = metrics.CreateGauge("risotto_tls_certificate_expiry_timestamp_seconds",
            "When the BMP listener's certificate expires, Unix time.",
            new GaugeConfiguration { SuppressInitialValue = true });
        _closed = metrics.CreateCounter("risotto_session_closed_total", "Router sessions that ended.", "reason");
        _malformed =
            metrics.CreateCounter("risotto_malformed_total", "Errors found in BMP messages and the BGP messages in them.", "reason");
        _nlriSkipped =
            metrics.CreateCounter("risotto_nlri_skipped_total", "NLRI fields of address families that are not decoded.", "afi", "safi");
        _waits = metrics.CreateCounter("risotto_backpressure_waits_total", "Times that a session waited for a free batch.");
        _readToBatch = metrics.CreateHistogram("risotto_read_to_batch_seconds",
            "From the read of a chunk of a session's bytes until its last record is in a batch.",
            new HistogramConfiguration { Buckets = [0.0001, 0.001, 0.01, 0.03, 0.1, 0.3, 1, 10] });
        AddPathMismatches = metrics.CreateCounter("risotto_addpath_mismatch_total",
            "Times that NLRI carried path identifiers against what the OPENs negotiated, or lacked them.");
        AsPathWidthMismatches = metrics.CreateCounter("risotto_as_path_width_mismatch_total",
            "AS_PATHs whose AS numbers do not have the width that the peer's A flag says.");
        LocRibIgnored = metrics.CreateCounter("risotto_loc_rib_ignored_total", "Route Monitoring messages left out by --ignore-loc-rib.");
        EndOfRibs = metrics.CreateCounter("risotto_end_of_rib_total", "End-of-RIB markers.");
        TrailingBytes = metrics.CreateCounter("risotto_trailing_octets_total",
            "Route Monitoring messages with bytes after the BGP message.");
        MessagesHeld = metrics.CreateCounter("risotto_messages_held_total",
            "Messages that waited for a decision about path identifiers.");
        registry.AddBeforeCollectCallback(Publish);
    }

    /// <summary>Limits the log lines about malformed streams of all sessions together.</summary>
    public LogSampler MalformedLines { get; }

    /// <summary>Limits the log lines about routers that connect and leave.</summary>
    public LogSampler RouterLines { get; }

    internal Counter AddPathMismatches { get; }

    internal Counter AsPathWidthMismatches { get; }

    internal Counter LocRibIgnored { get; }

    internal Counter EndOfRibs { get; }

    internal Counter TrailingBytes { get; }

    internal Counter MessagesHeld { get; }

    /// <summary>A connection did not become a session.</summary>
    public void OnRefused(string reason) => _refused.WithLabels(reason).Inc();

    /// <summary>The listener uses a certificate that expires at this time.</summary>
    public void OnCertificate(DateTimeOffset notAfter) => _certificateExpiry.Set(notAfter.ToUnixTimeSeconds());

    /// <summary>The bytes of one read are in batches; <paramref name="time"/> is how long that took.</summary>
    public void OnBatched(TimeSpan time) => _readToBatch.Observe(time.TotalSeconds);

    /// <summary>A session found no free batch.</summary>
    public void OnWait() => _waits.Inc();

    /// <summary>A session has begun; to be ended by <see cref="Close"/>.</summary>
    /// <param name="address">The router.</param>
    /// <param name="gate">Guards the counters.</param>
    /// <param name="counters">The counters of the session.</param>
    public SessionMetrics Open(Ipv6Address address, Lock gate, SessionCounters counters)
    {
        string label = address.ToString();
        lock (_gate)
        {
            if (!_routers.TryGetValue(label, out var router))
                _routers.Add(label, router = new RouterSeries(label));
            router.Sessions++;
            var metrics = new SessionMetrics(this, router, gate, counters);
            _sessions.Add(metrics);
            _openSessions.Inc();
            return metrics;
        }
    }

    /// <summary>The session has ended for this reason.</summary>
    public void Close(SessionMetrics session, string reason)
    {
        lock (_gate)
        {
            session.Publish();
            _sessions.Remove(session);
            _openSessions.Dec();
            _closed.WithLabels(reason).Inc();
            if (--session.Router.Sessions == 0)
                Remove(session.Router);
        }
    }

    /// <summary>Counts synthetic withdraws, which belong to a peer and to no session.</summary>
    public void AddEmitted(string router, string peer, long records) => _emitted.WithLabels(router, peer).Inc(records);

    /// <summary>Removes the series of a peer that has neither routes nor a session.</summary>
    public void RemoveUnused(string router, string peer)
    {
        lock (_gate)
        {
            if (!_routers.TryGetValue(router, out var series) || !series.Peers.ContainsKey(peer))
                _emitted.RemoveLabelled(router, peer);
        }
    }

    internal Counter.Child Messages(RouterSeries router, MessageType type) => _messages.WithLabels(router.Label, type.Label());

    internal Counter.Child Superseded(RouterSeries router) => _superseded.WithLabels(router.Label);

    internal Counter.Child Malformed(string reason) => _malformed.WithLabels(reason);

    internal Counter.Child NlriSkipped(AddressFamily family)
    {
        if (_skippedFamilies.Count >= MaxSkippedFamilies && !_skippedFamilies.Contains(family))
            return _nlriSkipped.WithLabels(Other, Other);
        _skippedFamilies.Add(family);
        return _nlriSkipped.WithLabels($"{family.Afi}", $"{family.Safi}");
    }

    /// <summary>The series of the peer: its own while there are not too many, else the one that the router's further peers share.</summary>
    internal PeerSeries SeriesOf(RouterSeries router, string peer)
    {
        if (router.Peers.TryGetValue(peer, out var series))
            return series;
        if (_peers < _maxPeers)
            _peers++;
        else if (router.Peers.TryGetValue(Other, out series))
            return series;
        else
            peer = Other;
        series = new PeerSeries(
            _received.WithLabels(router.Label, peer), _emitted.WithLabels(router.Label, peer), _established.WithLabels(router.Label, peer));
        router.Peers.Add(peer, series);
        return series;
    }

    /// <summary>The router does not monitor the peer any more. The series that further peers share stays.</summary>
    internal void Remove(RouterSeries router, string peer)
    {
        if (!router.Peers.Remove(peer))
            return;
        _peers--;
        RemoveSeries(router, peer);
    }

    private void Publish()
    {
        lock (_gate)
        {
            var peers = _routers.Values.SelectMany(router => router.Peers.Values);
            foreach (var peer in peers)
                peer.IsEstablished = false;
            foreach (var session in _sessions)
                session.Publish();
            foreach (var peer in peers)
                peer.PublishEstablished();
        }
    }

    private void Remove(RouterSeries router)
    {
        _routers.Remove(router.Label);
        _superseded.RemoveLabelled(router.Label);
        foreach (var type in Enum.GetValues<MessageType>())
            _messages.RemoveLabelled(router.Label, type.Label());
        foreach (string peer in router.Peers.Keys)
        {
            RemoveSeries(router, peer);
            _peers -= peer == Other ? 0 : 1;
        }
    }

    private void RemoveSeries(RouterSeries router, string peer)
    {
        _received.RemoveLabelled(router.Label, peer);
        _emitted.RemoveLabelled(router.Label, peer);
        _established.RemoveLabelled(router.Label, peer);
    }
}
