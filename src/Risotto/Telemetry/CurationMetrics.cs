using Prometheus;
using Risotto.Curate;
using Risotto.Pipeline;
using Shared.Records.Batch;
using Shared.Records.Wire;

namespace Risotto.Telemetry;

/// <summary>
/// The metrics of the curation. The live routes are counted at each scrape; a peer's series is removed with its last route and session.
/// </summary>
internal sealed class CurationMetrics
{
    private readonly Curation _curation;
    private readonly RouterRegistry _routers;
    private readonly TopicWriter _updates;
    private readonly RisottoMetrics _sessions;
    private readonly int _maxPeers;
    private readonly Gauge _routes, _bytes;
    private readonly Counter _withdraws, _sweeps;
    private HashSet<(string Router, string Peer)> _published = [];

    // The routers that have series of their own.
    private readonly Dictionary<Ipv6Address, string> _labels = [];

    public CurationMetrics(
        CollectorRegistry registry, Curation curation, RouterRegistry routers, TopicWriter updates, RisottoMetrics sessions, int maxPeers)
    {
        (_curation, _routers, _updates, _sessions, _maxPeers) = (curation, routers, updates, sessions, maxPeers);
        var metrics = Metrics.WithCustomRegistry(registry);
        _routes = metrics.CreateGauge("risotto_state_updates", "Live routes that are known of a peer, in all RIB views.", "router", "peer");
        _bytes = metrics.CreateGauge("risotto_state_bytes", "Memory of all live routes that are known.");
        _withdraws = metrics.CreateCounter("risotto_synthetic_withdraws_total",
            "Withdraws that the collector writes because a route is gone and its router has not withdrawn it.", "router", "cause");
        _sweeps = metrics.CreateCounter("risotto_sweeps_total",
            "Address families of a peer whose routes that were not repeated were withdrawn.", "router", "cause");
        registry.AddBeforeCollectCallback(Publish);
    }

    private void Publish()
    {
        Publish(_withdraws, _curation.Counters.WithdrawsByRouter(), Enum.GetValues<WithdrawCause>());
        Publish(_sweeps, _curation.Counters.SweepsByRouter(), WithdrawCause.EndOfRib, WithdrawCause.SweepTimer);
        var withdraws = _curation.Counters.TakeByPeer();
        var routes = new Dictionary<(string Router, string Peer), long>();
        long bytes = 0;
        foreach (var router in _routers.All())
        {
            List<(Ipv6Address Peer, long Routes)> views;
            lock (_updates.ShardOf(router.ShardHash).Gate)
            {
                bytes += router.Rib!.Bytes;
                views =
                    [.. router.Rib.Views.Where(view => view.Routes > 0 || view.Owner is not null)
                        .Select(view => (view.Key.Peer.Address, view.Routes))];
            }
            foreach (var peer in views.GroupBy(view => view.Peer, view => view.Routes))
            {
                var series = SeriesOf(routes, $"{router.Address}", $"{peer.Key}");
                routes[series] = routes.GetValueOrDefault(series) + peer.Sum();
                if (withdraws.TryGetValue((router.Address, peer.Key), out long withdrawn))
                    _sessions.AddEmitted(series.Router, series.Peer, withdrawn);
            }
        }
        _bytes.Set(bytes);
        Publish(routes);
    }

    // A series begins with 0 when its router is known, so that its first increase can be seen. It stays when the router goes.
    private void Publish(Counter series, IReadOnlyList<(Ipv6Address Router, long[] Counts)> counts, params WithdrawCause[] causes)
    {
        foreach (var router in _routers.All())
        {
            string label = LabelOf(router.Address);
            foreach (var cause in causes)
                series.WithLabels(label, cause.Label());
        }
        foreach (var router in counts.GroupBy(count => LabelOf(count.Router), count => count.Counts))
        {
            foreach (var cause in causes)
                series.WithLabels(router.Key, cause.Label()).IncTo(router.Sum(ofRouter => ofRouter[(int)cause]));
        }
    }

    private string LabelOf(Ipv6Address router)
    {
        if (_labels.TryGetValue(router, out string? label))
            return label;
        return router != default && _labels.Count < _maxPeers ? _labels[router] = $"{router}" : RisottoMetrics.Other;
    }

    private (string Router, string Peer) SeriesOf(Dictionary<(string Router, string Peer), long> routes, string router, string peer) =>
        routes.Count < _maxPeers || routes.ContainsKey((router, peer)) ? (router, peer) : (router, RisottoMetrics.Other);

    private void Publish(Dictionary<(string Router, string Peer), long> routes)
    {
        foreach (var (peer, count) in routes)
            _routes.WithLabels(peer.Router, peer.Peer).Set(count);
        foreach (var (router, peer) in _published.Where(peer => !routes.ContainsKey(peer)))
        {
            _routes.RemoveLabelled(router, peer);
            _sessions.RemoveUnused(router, peer);
        }
        _published = [.. routes.Keys];
    }
}
