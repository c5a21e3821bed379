namespace Suite.Tests.Faithful;

/// <summary>One table as one session tells it.</summary>
internal sealed class RibTable
{
    public Dictionary<RouteKey, RouteAttributes> Routes { get; } = [];

    /// <summary>Routes that the session withdrew: an earlier session's word about them does not count any more.</summary>
    public HashSet<RouteKey> Withdrawn { get; } = [];

    /// <summary>The session has told all of the table: an End-of-RIB (RFC 7854 5), or the peer was down, came.</summary>
    public bool IsComplete { get; set; }
}

/// <summary>All that one BMP session says about the tables of its router.</summary>
internal sealed class SessionTable
{
    private readonly Dictionary<RibKey, RibTable> _ribs = [];
    private readonly HashSet<PeerKey> _wentDown = [];

    public bool IsOpen { get; set; } = true;

    public IEnumerable<RibKey> Ribs => _ribs.Keys;

    public IEnumerable<PeerKey> PeersThatWentDown => _wentDown;

    /// <summary>Has the session said anything about the view? A Peer Down says that it is empty.</summary>
    public bool TellsOf(PeerKey peer, int view) => _wentDown.Contains(peer) || _ribs.Keys.Any(rib => rib.Peer == peer && rib.View == view);

    public RibTable? Find(RibKey rib) => _ribs.GetValueOrDefault(rib);

    public bool IsComplete(RibKey rib) => _wentDown.Contains(rib.Peer) || Find(rib) is { IsComplete: true };

    /// <summary>The table, made when it is new.</summary>
    public RibTable Rib(RibKey rib) => _ribs.TryGetValue(rib, out var table) ? table : _ribs[rib] = new RibTable();

    public void Announce(RouteKey route, RouteAttributes attributes)
    {
        var table = Rib(route.Rib);
        table.Routes[route] = attributes;
        table.Withdrawn.Remove(route);
    }

    public void Withdraw(RouteKey route)
    {
        var table = Rib(route.Rib);
        table.Routes.Remove(route);
        table.Withdrawn.Add(route);
    }

    /// <summary>RFC 7854 4.9: a Peer Down is an implicit withdrawal of all routes of the peer, in all its views.</summary>
    public void PeerDown(PeerKey peer)
    {
        _wentDown.Add(peer);
        foreach (var rib in _ribs.Keys.Where(rib => rib.Peer == peer).ToList())
            _ribs.Remove(rib);
    }
}
