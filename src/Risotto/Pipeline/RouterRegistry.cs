using Shared.Records.Wire;

namespace Risotto.Pipeline;

/// <summary>The limit that keeps a router from opening a session.</summary>
internal enum SessionLimit
{
    None,
    Sessions,
    SessionsPerSource,
}

/// <summary>
/// The state of each router, and its open sessions. The state outlives the sessions, so that the order of the router's records goes on.
/// Of very many routers those that are absent for the longest time are forgotten; when one returns, its sequence numbers start after
/// every number that a forgotten router has used. Thread-safe.
/// </summary>
internal sealed class RouterRegistry(int maxSessions, int maxSessionsPerSource, Curation? curation = null)
{
    /// <summary>Routers without a session that are remembered; each takes some 200 bytes.</summary>
    public const int MaxAbsent = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<Ipv6Address, Entry> _routers = [];
    private readonly LinkedList<Entry> _absent = new();
    private ulong _firstSequence;
    private int _sessions;

    /// <summary>Opens a session, to be ended by <see cref="Close"/>; or returns the limit that is reached.</summary>
    public SessionLimit TryOpen(Ipv6Address address, out RouterState? router)
    {
        router = null;
        lock (_gate)
        {
            if (_sessions >= maxSessions)
                return SessionLimit.Sessions;
            if (!_routers.TryGetValue(address, out var entry))
                _routers.Add(address, entry = new Entry(NewState(address)));
            else if (entry.Sessions >= maxSessionsPerSource)
                return SessionLimit.SessionsPerSource;
            if (entry.Absent is { } absent)
                _absent.Remove(absent);
            entry.Absent = null;
            entry.Sessions++;
            _sessions++;
            router = entry.State;
            return SessionLimit.None;
        }
    }

    public void Close(RouterState router)
    {
        lock (_gate)
        {
            _sessions--;
            var entry = _routers[router.Address];
            if (--entry.Sessions > 0)
                return;
            // A source that never wrote a record (a port scan) leaves nothing to remember.
            if (router.Sequence == _firstSequence && router.Rib is null or { Count.Routes: 0 })
                _routers.Remove(router.Address);
            else
                entry.Absent = _absent.AddLast(entry);
            ForgetOldest();
        }
    }

    /// <summary>All routers that are known, with and without a session.</summary>
    public RouterState[] All()
    {
        lock (_gate)
            return [.. _routers.Values.Select(entry => entry.State)];
    }

    /// <summary>The state of the router; made, for a router without a session, when it is not known.</summary>
    public RouterState FindOrAdd(Ipv6Address address)
    {
        lock (_gate)
        {
            if (!_routers.TryGetValue(address, out var entry))
            {
                _routers.Add(address, entry = new Entry(NewState(address)));
                entry.Absent = _absent.AddLast(entry);
            }
            return entry.State;
        }
    }

    private RouterState NewState(Ipv6Address address) => new(address) { Sequence = _firstSequence, Rib = curation?.NewRouter() };

    private void ForgetOldest()
    {
        for (var oldest = _absent.First; oldest is not null && _absent.Count > MaxAbsent; oldest = oldest.Next)
        {
            var state = oldest.Value.State;
            // Routes that are still to be withdrawn are not forgotten.
            if (state.Rib is { Count.Routes: > 0 })
                continue;
            _absent.Remove(oldest);
            _routers.Remove(state.Address);
            _firstSequence = Math.Max(_firstSequence, state.Sequence);
            return;
        }
    }

    private sealed class Entry(RouterState state)
    {
        public RouterState State { get; } = state;

        public int Sessions { get; set; }

        /// <summary>The place among those without a session.</summary>
        public LinkedListNode<Entry>? Absent { get; set; }
    }
}
