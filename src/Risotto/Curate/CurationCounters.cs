using Shared.Records.Wire;

namespace Risotto.Curate;

/// <summary>Counts the synthetic withdraws of all routers. Thread-safe.</summary>
internal sealed class CurationCounters
{
    // Peers come from the wire, and their counts stay until the next Take.
    private const int MaxPeers = 65_536;

    private readonly Lock _gate = new();
    private readonly long[] _withdraws = new long[Enum.GetValues<WithdrawCause>().Length];
    private readonly long[] _sweeps = new long[Enum.GetValues<WithdrawCause>().Length];
    private Dictionary<(Ipv6Address Router, Ipv6Address Peer), long> _byPeer = [];

    /// <summary>Synthetic withdraws.</summary>
    public long Withdraws(WithdrawCause cause)
    {
        lock (_gate)
            return _withdraws[(int)cause];
    }

    /// <summary>Sweeps: address families of views whose older routes were withdrawn.</summary>
    public long Sweeps(WithdrawCause cause)
    {
        lock (_gate)
            return _sweeps[(int)cause];
    }

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

    public void CountWithdraws(WithdrawCause cause, Ipv6Address router, Ipv6Address peer, int withdraws)
    {
        if (withdraws == 0)
            return;
        lock (_gate)
        {
            _withdraws[(int)cause] += withdraws;
            var key = (router, peer);
            if (_byPeer.Count < MaxPeers || _byPeer.ContainsKey(key))
                _byPeer[key] = _byPeer.GetValueOrDefault(key) + withdraws;
        }
    }

    public void CountSweep(WithdrawCause cause)
    {
        lock (_gate)
            _sweeps[(int)cause]++;
    }
}
