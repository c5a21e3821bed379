using Risotto.Decode.Bmp;
using Shared.Records.Wire;

namespace Risotto.Curate;

/// <summary>Counts the synthetic withdraws of all routers. Thread-safe.</summary>
internal sealed class CurationCounters
{
    // Peers come from the wire, and their counts stay until the next Take.
    private const int MaxPeers = 65_536;

    private static readonly int Causes = Enum.GetValues<WithdrawCause>().Length;

    private readonly Lock _gate = new();
    private readonly Dictionary<Ipv6Address, long[]> _withdraws = [], _sweeps = [];
    private Dictionary<(Ipv6Address Router, Ipv6Address Peer), long> _byPeer = [];
    private Dictionary<(WithdrawCause, Ipv6Address, PeerKey), (long Count, bool HasGrown)> _unreported = [];

    /// <summary>Synthetic withdraws of all routers.</summary>
    public long Withdraws(WithdrawCause cause) => SumOf(_withdraws, cause);

    /// <summary>Sweeps of all routers: address families of views whose older routes were withdrawn.</summary>
    public long Sweeps(WithdrawCause cause) => SumOf(_sweeps, cause);

    /// <summary>Synthetic withdraws by router; the index is the cause.</summary>
    public IReadOnlyList<(Ipv6Address Router, long[] Counts)> WithdrawsByRouter() => CopyOf(_withdraws);

    /// <summary>Sweeps by router; the index is the cause.</summary>
    public IReadOnlyList<(Ipv6Address Router, long[] Counts)> SweepsByRouter() => CopyOf(_sweeps);

    /// <summary>The synthetic withdraws of each router and peer since the last call.</summary>
    public IReadOnlyDictionary<(Ipv6Address Router, Ipv6Address Peer), long> TakeByPeer()
    {
        lock (_gate)
        {
            var taken = _byPeer;
            _byPeer = [];
            return taken;
        }
    }

    /// <summary>
    /// The withdrawals that have come to their end since the last call: those of a large table come in many parts, and are one here.
    /// </summary>
    /// <param name="all">Those that still go on too.</param>
    public List<SyntheticWithdraws> TakeEnded(bool all)
    {
        var ended = new List<SyntheticWithdraws>();
        lock (_gate)
        {
            var rest = new Dictionary<(WithdrawCause, Ipv6Address, PeerKey), (long, bool)>();
            foreach (var ((cause, router, peer), (count, hasGrown)) in _unreported)
            {
                if (hasGrown && !all)
                    rest.Add((cause, router, peer), (count, false));
                else
                    ended.Add(new SyntheticWithdraws(cause, router, peer, count));
            }
            _unreported = rest;
        }
        return ended;
    }

    public void CountWithdraws(WithdrawCause cause, Ipv6Address router, in PeerKey peer, int withdraws)
    {
        if (withdraws == 0)
            return;
        lock (_gate)
        {
            Count(_withdraws, router, cause, withdraws);
            var key = (router, peer.Address);
            if (_byPeer.Count < MaxPeers || _byPeer.ContainsKey(key))
                _byPeer[key] = _byPeer.GetValueOrDefault(key) + withdraws;
            var unreported = (cause, router, peer);
            if (_unreported.Count < MaxPeers || _unreported.ContainsKey(unreported))
                _unreported[unreported] = (_unreported.GetValueOrDefault(unreported).Count + withdraws, true);
        }
    }

    public void CountSweep(WithdrawCause cause, Ipv6Address router)
    {
        lock (_gate)
            Count(_sweeps, router, cause, 1);
    }

    private static void Count(Dictionary<Ipv6Address, long[]> counts, Ipv6Address router, WithdrawCause cause, long count)
    {
        if (!counts.TryGetValue(router, out long[]? ofRouter))
        {
            // Routers come and go; the further ones are counted together.
            router = counts.Count < MaxPeers ? router : default;
            if (!counts.TryGetValue(router, out ofRouter))
                counts.Add(router, ofRouter = new long[Causes]);
        }
        ofRouter[(int)cause] += count;
    }

    private long SumOf(Dictionary<Ipv6Address, long[]> counts, WithdrawCause cause)
    {
        lock (_gate)
            return counts.Values.Sum(ofRouter => ofRouter[(int)cause]);
    }

    private List<(Ipv6Address Router, long[] Counts)> CopyOf(Dictionary<Ipv6Address, long[]> counts)
    {
        lock (_gate)
            return [.. counts.Select(ofRouter => (ofRouter.Key, (long[])ofRouter.Value.Clone()))];
    }
}

/// <summary>Routes of one peer that were withdrawn because they are gone and their router has not withdrawn them.</summary>
internal readonly record struct SyntheticWithdraws(WithdrawCause Cause, Ipv6Address Router, PeerKey Peer, long Count);
