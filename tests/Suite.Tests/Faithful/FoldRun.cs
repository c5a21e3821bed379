namespace Suite.Tests.Faithful;

/// <summary>The same sessions through the fold of the wire and through the collector, side by side.</summary>
/// <param name="collector">Starts empty.</param>
/// <param name="pathIds">See <see cref="WireFold"/>.</param>
internal sealed class FoldRun(CollectorRun collector, Func<RibKey, bool?>? pathIds = null)
{
    private const ulong Second = 1_000_000_000;

    private readonly WireFold _wire = new(pathIds);
    private readonly List<(string Router, bool IsOpen)> _sessions = [];
    private readonly List<string> _refused = [];

    public Dictionary<RouteKey, RouteAttributes> Wire => _wire.Table();

    public Dictionary<RouteKey, RouteAttributes> Collected => collector.Records.Table();

    /// <summary>Nanoseconds since 1970 UTC.</summary>
    public ulong Now { get; set; } = Second;

    public int Open(string router)
    {
        collector.Open(router, Now);
        _sessions.Add((router, true));
        return _wire.Open(router);
    }

    public void Add(int session, ReadOnlySpan<byte> bytes)
    {
        if (!_sessions[session].IsOpen)
            return;
        bool isKept = collector.Add(session, bytes, Now);
        if (isKept || !HasNewer(session))
            _wire.Add(session, bytes);
        if (!isKept)
            EndedByCollector(session);
    }

    public void Lose(int session)
    {
        collector.Lose(session);
        _wire.Lose(session);
    }

    public void Close(int session)
    {
        collector.Close(session, Now);
        _wire.Close(session);
        _sessions[session] = (_sessions[session].Router, false);
    }

    public void Restart()
    {
        collector.Restart(Now);
        for (int session = 0; session < _sessions.Count; session++)
            Close(session);
    }

    public void Wait(int seconds)
    {
        Now += (ulong)seconds * Second;
        collector.Tick(Now);
        for (int session = 0; session < _sessions.Count; session++)
        {
            if (_sessions[session].IsOpen && !collector.IsOpen(session))
                EndedByCollector(session);
        }
    }

    // The collector may end a session whose views a newer one has taken over: the router then connects again and tells everything.
    private void EndedByCollector(int session)
    {
        var (router, _) = _sessions[session];
        if (HasNewer(session))
            _wire.Close(session);
        else if (_wire.IsOpen(session))
            _refused.Add($"the collector has ended session {session} of {router}");
        _sessions[session] = (router, false);
    }

    private bool HasNewer(int session) => _sessions.Skip(session + 1).Any(s => s.Router == _sessions[session].Router);

    /// <summary>Waits until nothing is left to be decided, and compares. No line: the tables are equal.</summary>
    public List<string> Differences()
    {
        Wait(10);
        collector.Flush();
        return [.. _refused, .. collector.Records.Disorder, .. FoldComparison.Differences(Wire, Collected)];
    }
}
