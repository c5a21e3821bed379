using System.Net;
using Risotto.Pipeline;
using Shared.Records.Wire;

namespace Risotto.Listen;

/// <summary>
/// Who may have a session, and what is known of each router beyond its sessions. A router's state outlives them, so that the
/// order of its records goes on; for very many routers the longest absent are forgotten and begin, should they return, behind
/// every number ever used by a forgotten one.
/// </summary>
internal sealed class RouterTable(ListenOptions options, Curation? curation = null)
{
    /// <summary>Routers without a session that are remembered: some 200 octets each.</summary>
    public const int MaxAbsent = 65_536;

    private readonly PrefixSet _allowed = new(options.Allow);
    private readonly Lock _gate = new();
    private readonly Dictionary<Ipv6Address, Entry> _routers = [];
    private readonly LinkedList<Entry> _absent = new();
    private ulong _firstSequence;
    private int _sessions;

    /// <summary>Opens a session, to be ended by <see cref="Close"/>; or says why not.</summary>
    /// <param name="source">The router.</param>
    /// <param name="router">What is known of it.</param>
    /// <param name="isAllowed">Whatever <c>--allow</c> says.</param>
    public Refusal TryOpen(IPAddress source, out RouterState? router, bool isAllowed = false)
    {
        router = null;
        var address = Ipv6Address.From(source);
        if (!isAllowed && !_allowed.IsEmpty && !_allowed.Contains(address))
            return Refusal.NotAllowed;
        lock (_gate)
        {
            if (_sessions >= options.MaxSessions)
                return Refusal.MaxSessions;
            if (!_routers.TryGetValue(address, out var entry))
                _routers.Add(address, entry = new Entry(NewState(address)));
            else if (entry.Sessions >= options.MaxSessionsPerSource)
                return Refusal.MaxSessionsPerSource;
            if (entry.Absent is { } absent)
                _absent.Remove(absent);
            entry.Absent = null;
            entry.Sessions++;
            _sessions++;
            router = entry.State;
            return Refusal.None;
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
            // Whoever never wrote a record (a port scan) leaves nothing to remember.
            if (router.Sequence == _firstSequence && router.Rib is null or { Count.Routes: 0 })
                _routers.Remove(router.Address);
            else
                entry.Absent = _absent.AddLast(entry);
            for (var oldest = _absent.First; oldest is not null && _absent.Count > MaxAbsent; oldest = oldest.Next)
            {
                // Routes that are still to be withdrawn are not forgotten.
                if (oldest.Value.State.Rib is null or { Count.Routes: 0 })
                {
                    Forget(oldest.Value);
                    break;
                }
            }
        }
    }

    /// <summary>All routers that are known, with and without a session.</summary>
    public RouterState[] States()
    {
        lock (_gate)
            return [.. _routers.Values.Select(entry => entry.State)];
    }

    /// <summary>The router's state; made, as that of one without a session, where it is not known.</summary>
    public RouterState Restore(Ipv6Address address)
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

    private void Forget(Entry entry)
    {
        _absent.Remove(entry.Absent!);
        _routers.Remove(entry.State.Address);
        _firstSequence = Math.Max(_firstSequence, entry.State.Sequence);
    }

    private sealed class Entry(RouterState state)
    {
        public RouterState State { get; } = state;

        public int Sessions { get; set; }

        /// <summary>Its place among those without a session.</summary>
        public LinkedListNode<Entry>? Absent { get; set; }
    }
}
