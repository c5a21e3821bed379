using Prometheus;
using Risotto.Decode;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Listen;

namespace Risotto.Telemetry;

/// <summary>What of one session's counts is published already. <see cref="RisottoMetrics"/> calls it under its lock.</summary>
internal sealed class SessionMetrics(RisottoMetrics metrics, RouterSeries router, BmpSession session)
{
    private readonly long[] _messages = new long[MessageTypeNames.Count];
    private readonly Dictionary<string, long> _errors = [];
    private readonly Dictionary<AddressFamily, long> _skippedNlri = [];
    private readonly Dictionary<Peer, PublishedPeer> _peers = [];
    private long _addPathMismatches, _asPathWidthMismatches, _locRibIgnored, _endOfRibs, _trailingOctets, _messagesHeld;

    public RouterSeries Router => router;

    public void Publish()
    {
        // The session counts under the same gate: what is published fits together.
        lock (session.Gate)
        {
            PublishCounters(session.Counters);
            foreach (var peer in session.Peers)
                Publish(peer);
        }
    }

    private void PublishCounters(RouterCounters counters)
    {
        for (var type = MessageType.RouteMonitoring; (int)type < _messages.Length; type++)
        {
            if (counters[type] > 0)
                Advance(metrics.Messages(router, type), ref _messages[(int)type], counters[type]);
        }
        foreach (var (reason, count) in counters.Errors)
            Advance(metrics.Malformed(reason), _errors, reason, count);
        foreach (var (family, count) in counters.SkippedNlri)
            Advance(metrics.NlriSkipped(family), _skippedNlri, family, count);
        Advance(metrics.AddPathMismatches, ref _addPathMismatches, counters.AddPathMismatches);
        Advance(metrics.AsPathWidthMismatches, ref _asPathWidthMismatches, counters.AsPathWidthMismatches);
        Advance(metrics.LocRibIgnored, ref _locRibIgnored, counters.LocRibIgnored);
        Advance(metrics.EndOfRibs, ref _endOfRibs, counters.EndOfRibs);
        Advance(metrics.TrailingOctets, ref _trailingOctets, counters.TrailingOctets);
        Advance(metrics.MessagesHeld, ref _messagesHeld, counters.MessagesHeld);
    }

    private void Publish(Peer peer)
    {
        if (!_peers.TryGetValue(peer, out var published))
            _peers.Add(peer, published = new PublishedPeer());
        if (peer.IsRemoved)
        {
            // Another peer (VRF, Loc-RIB) may have the same address and keeps the series.
            if (published.Series is not null && session.Peers.All(other => other.IsRemoved || other.Label != peer.Label))
                metrics.Remove(router, peer.Label);
            published.Series = null;
            published.RoutesReceived = peer.RoutesReceived;
            published.RecordsEmitted = peer.RecordsEmitted;
            return;
        }
        var series = published.Series ??= metrics.SeriesOf(router, peer.Label);
        Advance(series.Received, ref published.RoutesReceived, peer.RoutesReceived);
        Advance(series.Emitted, ref published.RecordsEmitted, peer.RecordsEmitted);
        series.IsEstablished |= peer.IsEstablished;
    }

    private static void Advance(ICounter series, ref long published, long now)
    {
        if (now > published)
            series.Inc(now - published);
        published = now;
    }

    private static void Advance<TKey>(ICounter series, Dictionary<TKey, long> published, TKey key, long now)
        where TKey : notnull
    {
        long before = published.GetValueOrDefault(key);
        Advance(series, ref before, now);
        published[key] = before;
    }

    private sealed class PublishedPeer
    {
        public long RoutesReceived, RecordsEmitted;

        /// <summary>Null while the peer has none: it is not configured any more.</summary>
        public PeerSeries? Series;
    }
}

/// <summary>The series of one router, whatever number of sessions it has.</summary>
internal sealed class RouterSeries(string label)
{
    public string Label { get; } = label;

    public int Sessions { get; set; }

    /// <summary>By the peer's label. One address may be several peers (VRFs, views): they count together.</summary>
    public Dictionary<string, PeerSeries> Peers { get; } = [];
}

/// <summary>The series of one peer address of a router, or of all that have none of their own.</summary>
internal sealed class PeerSeries(ICounter received, ICounter emitted, IGauge established)
{
    public ICounter Received { get; } = received;

    public ICounter Emitted { get; } = emitted;

    /// <summary>One of the peers behind it is; gathered anew for each scrape.</summary>
    public bool IsEstablished { get; set; }

    public void PublishEstablished() => established.Set(IsEstablished ? 1 : 0);
}
