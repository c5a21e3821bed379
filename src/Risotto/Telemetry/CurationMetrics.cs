using Prometheus;
using Risotto.Curate;
using Risotto.Listen;
using Risotto.Pipeline;
using Shared.Records.Batch;

namespace Risotto.Telemetry;

/// <summary>Metrics of the curation, counted anew for each scrape. A peer's series goes with its last route and session.</summary>
internal sealed class CurationMetrics
{
    private readonly Curation _curation;
    private readonly RouterTable _routers;
    private readonly TopicWriter _updates;
    private readonly RisottoMetrics _sessions;
    private readonly int _maxPeers;
    private readonly Gauge _routes, _bytes;
    private readonly Counter _withdraws, _sweeps;
    private readonly Dictionary<ViewRib, long> _synthetic = [];
    private HashSet<(string Router, string Peer)> _published = [];

    public CurationMetrics(
        CollectorRegistry registry, Curation curation, RouterTable routers, TopicWriter updates, RisottoMetrics sessions, int maxPeers)
    {
        (_curation, _routers, _updates, _sessions, _maxPeers) = (curation, routers, updates, sessions, maxPeers);
        var metrics = Metrics.WithCustomRegistry(registry);
        _routes = metrics.CreateGauge("risotto_state_updates", "Live routes that are known of a peer, in all RIB views.", "router", "peer");
        _bytes = metrics.CreateGauge("risotto_state_bytes", "Memory of all live routes that are known.");
        _withdraws = metrics.CreateCounter("risotto_synthetic_withdraws_total", "Withdraws made up because a route is gone and its router does not say so.", "cause");
        _sweeps = metrics.CreateCounter("risotto_sweeps_total", "Address families of a peer whose routes that were not repeated were withdrawn.", "cause");
        registry.AddBeforeCollectCallback(Publish);
    }

    private void Publish()
    {
        for (var cause = WithdrawCause.PeerDown; (int)cause < WithdrawCauses.Count; cause++)
        {
            _withdraws.WithLabels(cause.Label()).IncTo(_curation.Counters.Withdraws(cause));
            if (cause is WithdrawCause.EndOfRib or WithdrawCause.SweepTimer)
                _sweeps.WithLabels(cause.Label()).IncTo(_curation.Counters.Sweeps(cause));
        }
        long bytes = 0;
        var routes = new Dictionary<(string Router, string Peer), long>();
        foreach (var router in _routers.States())
        {
            string label = router.Address.ToString();
            lock (_updates.ShardOf(router.ShardHash).Gate)
            {
                bytes += router.Rib!.Bytes;
                foreach (var view in router.Rib.Views)
                    Add(routes, label, view);
            }
        }
        _bytes.Set(bytes);
        foreach (var (peer, count) in routes)
            _routes.WithLabels(peer.Router, peer.Peer).Set(count);
        foreach (var (router, peer) in _published.Where(peer => !routes.ContainsKey(peer)))
        {
            _routes.RemoveLabelled(router, peer);
            _sessions.RemoveUnused(router, peer);
        }
        _published = [.. routes.Keys];
    }

    private void Add(Dictionary<(string Router, string Peer), long> routes, string router, ViewRib view)
    {
        long count = view.Routes;
        if (count == 0 && view.Owner == 0)
        {
            _synthetic.Remove(view);
            return;
        }
        var key = (router, view.Label);
        if (!routes.ContainsKey(key) && routes.Count >= _maxPeers)
            key = (router, RisottoMetrics.Other);
        routes[key] = routes.GetValueOrDefault(key) + count;
        long before = _synthetic.GetValueOrDefault(view);
        if (view.Synthetic > before)
            _sessions.AddEmitted(key.router, key.Item2, view.Synthetic - before);
        _synthetic[view] = view.Synthetic;
    }
}
