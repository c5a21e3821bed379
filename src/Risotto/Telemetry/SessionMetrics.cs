using Prometheus;
using Risotto.Decode.Bgp;
using Risotto.Decode.Bmp;
using Risotto.Pipeline;

namespace Risotto.Telemetry;

/// <summary>
/// Publishes the counters of one session: it remembers what is published, and adds the rest. <see cref="RisottoMetrics"/> calls it under
/// its lock.
/// </summary>
internal sealed class SessionMetrics(RisottoMetrics metrics, RouterSeries router, Lock gate, SessionCounters counters)
{
    private static readonly MessageType[] MessageTypes = Enum.GetValues<MessageType>();

    private readonly long[] _messages = new long[MessageTypes.Length];
    private readonly Dictionary<string, long> _errors = [];
    private readonly Dictionary<AddressFamily, long> _skippedNlri = [];
    private readonly List<PublishedPeer> _peers = [];
    private long _addPathMismatches, _asPathWidthMismatches, _locRibIgnored, _endOfRibs, _trailingBytes, _messagesHeld, _superseded;

    public RouterSeries Router => router;

    public void Publish()
    {
        // The session counts under the same gate, so the published numbers fit together.
        lock (gate)
        {
            PublishCounters();
            foreach (var peer in counters.Peers)
                Publish(peer);
        }
    }

    private void PublishCounters()
    {
        foreach (var type in MessageTypes)
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
        Advance(metrics.TrailingBytes, ref _trailingBytes, counters.TrailingBytes);
        Advance(metrics.Superseded(router), ref _superseded, counters.Superseded);
        Advance(metrics.MessagesHeld, ref _messagesHeld, counters.MessagesHeld);
    }

    private void Publish(PeerCounters counts)
    {
        var peer = counts.Peer;
        if (peer.Index == _peers.Count)
            _peers.Add(new PublishedPeer($"{peer.Key.Address}"));
        var published = _peers[peer.Index];
        if (peer.IsRemoved)
        {
            // Another peer (of a VRF, or the Loc-RIB) may have the same address, and keeps the series.
            if (published.Series is not null
                && counters.Peers.All(other => other.Peer.IsRemoved || other.Peer.Key.Address != peer.Key.Address))
                metrics.Remove(router, published.Label);
            published.Series = null;
            published.RoutesReceived = counts.RoutesReceived;
            published.RecordsEmitted = counts.RecordsEmitted;
            return;
        }
        var series = published.Series ??= metrics.SeriesOf(router, published.Label);
        Advance(series.Received, ref published.RoutesReceived, counts.RoutesReceived);
        Advance(series.Emitted, ref published.RecordsEmitted, counts.RecordsEmitted);
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

    private sealed class PublishedPeer(string label)
    {
        public string Label { get; } = label;

        public long RoutesReceived, RecordsEmitted;

        /// <summary>Null while the router does not monitor the peer any more.</summary>
        public PeerSeries? Series;
    }
}

/// <summary>The series of one router, shared by all its sessions.</summary>
internal sealed class RouterSeries(string label)
{
    public string Label { get; } = label;

    public int Sessions { get; set; }

    /// <summary>The series by the label of the peer. Several peers (VRFs, views) may have one address: they count together.</summary>
    public Dictionary<string, PeerSeries> Peers { get; } = [];
}

/// <summary>The series of one peer address of a router, or of all that have none of their own.</summary>
internal sealed class PeerSeries(ICounter received, ICounter emitted, IGauge established)
{
    public ICounter Received { get; } = received;

    public ICounter Emitted { get; } = emitted;

    /// <summary>Some peer of the series is established; collected again for each scrape.</summary>
    public bool IsEstablished { get; set; }

    public void PublishEstablished() => established.Set(IsEstablished ? 1 : 0);
}
