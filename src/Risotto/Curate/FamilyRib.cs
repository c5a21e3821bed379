using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one peer in one RIB view and address family: those that consumers of the records written so far know. A route
/// of an older generation than <see cref="Generation"/> was not announced since the router last began to send its table.
/// </summary>
internal sealed class FamilyRib(AddressFamily addressFamily, ulong seed, RouteCount count)
{
    private PrefixTable<Ipv4Key>? _ipv4;
    private PrefixTable<Ipv4PathKey>? _ipv4Path;
    private PrefixTable<Ipv6ShortKey>? _ipv6Short;
    private PrefixTable<Ipv6Key>? _ipv6;
    private PrefixTable<Ipv6PathKey>? _ipv6Path;
    private PrefixTable<VpnKey>? _vpn;
    private PrefixTable<VpnPathKey>? _vpnPath;

    // The same tables by RouteKeyKind.
    private readonly PrefixTable?[] _tables = new PrefixTable?[(int)RouteKeyKind.VpnPath + 1];
    private byte _generations;

    // The place that TryFind has reached: table, bucket, slot.
    private int _table, _bucket, _slot, _merges;
    private RouteSearch _search;

    private PrefixTable<Ipv4Key> Ipv4 => _ipv4 ??= Add<Ipv4Key>();

    private PrefixTable<Ipv4PathKey> Ipv4Path => _ipv4Path ??= Add<Ipv4PathKey>();

    private PrefixTable<Ipv6ShortKey> Ipv6Short => _ipv6Short ??= Add<Ipv6ShortKey>();

    private PrefixTable<Ipv6Key> Ipv6 => _ipv6 ??= Add<Ipv6Key>();

    private PrefixTable<Ipv6PathKey> Ipv6Path => _ipv6Path ??= Add<Ipv6PathKey>();

    private PrefixTable<VpnKey> Vpn => _vpn ??= Add<VpnKey>();

    private PrefixTable<VpnPathKey> VpnPath => _vpnPath ??= Add<VpnPathKey>();

    public bool IsIpv4 { get; } = addressFamily.IsIpv4;

    public bool HasRouteDistinguisher { get; } = addressFamily.HasRouteDistinguisher;

    public byte Generation { get; private set; }

    /// <summary>There may be routes of an older generation.</summary>
    public bool IsSweepPending { get; private set; }

    /// <summary>Many routes were removed: there may be memory to give back.</summary>
    public bool NeedsTrim { get; private set; }

    /// <summary>The tables that are in use, in the order of their kinds.</summary>
    public IEnumerable<PrefixTable> Tables => _tables.OfType<PrefixTable>();

    public int Routes => Tables.Sum(table => table.Count);

    public long Bytes => Tables.Sum(table => table.Bytes);

    /// <summary>How often a route of an older generation was announced again.</summary>
    public long Renewals => Tables.Sum(table => table.Renewals);

    /// <summary>The router begins to send its table again: the next sweep withdraws the routes that it does not repeat.</summary>
    public void BeginGeneration()
    {
        if (Routes == 0)
            return;
        // A number is used again after 256 generations. A route of the older one must not look new then.
        if (++_generations == byte.MaxValue)
        {
            foreach (var table in Tables)
                table.Age(Generation, (byte)(Generation - 1));
            _generations = 1;
        }
        Generation++;
        IsSweepPending = true;
        Rewind();
    }

    /// <summary>No route of an older generation is left.</summary>
    public void EndSweep()
    {
        IsSweepPending = false;
        _generations = 0;
    }

    /// <summary>A hint: the route without path identifier will be looked up soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchIpv4(uint address, int length) => _ipv4?.Prefetch(new Ipv4Key(address), length + 1);

    /// <summary>The same for IPv6. Longer prefixes than /64 are too rare to be worth it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchIpv6(ulong high, int length)
    {
        if (length <= Ipv6ShortKey.MaxPrefixLength)
            _ipv6Short?.Prefetch(new Ipv6ShortKey(high), length + 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RouteChange AnnounceIpv4(uint address, int length, ulong hash) =>
        Counted(Ipv4.Announce(new Ipv4Key(address), length + 1, hash, Generation, count.HasRoom));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RouteChange AnnounceIpv4(uint address, int length, uint pathId, ulong hash) =>
        Counted(Ipv4Path.Announce(new Ipv4PathKey(address, pathId), length + 1, hash, Generation, count.HasRoom));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RouteChange AnnounceIpv6(ulong high, ulong low, int length, ulong hash) => Counted(length <= Ipv6ShortKey.MaxPrefixLength
        ? Ipv6Short.Announce(new Ipv6ShortKey(high), length + 1, hash, Generation, count.HasRoom)
        : Ipv6.Announce(new Ipv6Key(high, low), length + 1, hash, Generation, count.HasRoom));

    public RouteChange AnnounceIpv6(ulong high, ulong low, int length, uint pathId, ulong hash) =>
        Counted(Ipv6Path.Announce(new Ipv6PathKey(high, low, pathId), length + 1, hash, Generation, count.HasRoom));

    public RouteChange AnnounceVpn(in RouteIdentity route, ulong hash) => Counted(route.HasPathId
        ? VpnPath.Announce(VpnPathKey.Create(route), route.Length + 1, hash, Generation, count.HasRoom)
        : Vpn.Announce(VpnKey.Create(route), route.Length + 1, hash, Generation, count.HasRoom));

    public RouteChange WithdrawIpv4(uint address, int length) => Counted(_ipv4?.Withdraw(new Ipv4Key(address), length + 1));

    public RouteChange WithdrawIpv4(uint address, int length, uint pathId) =>
        Counted(_ipv4Path?.Withdraw(new Ipv4PathKey(address, pathId), length + 1));

    public RouteChange WithdrawIpv6(ulong high, ulong low, int length) => Counted(length <= Ipv6ShortKey.MaxPrefixLength
        ? _ipv6Short?.Withdraw(new Ipv6ShortKey(high), length + 1)
        : _ipv6?.Withdraw(new Ipv6Key(high, low), length + 1));

    public RouteChange WithdrawIpv6(ulong high, ulong low, int length, uint pathId) =>
        Counted(_ipv6Path?.Withdraw(new Ipv6PathKey(high, low, pathId), length + 1));

    public RouteChange WithdrawVpn(in RouteIdentity route) => Counted(route.HasPathId
        ? _vpnPath?.Withdraw(VpnPathKey.Create(route), route.Length + 1)
        : _vpn?.Withdraw(VpnKey.Create(route), route.Length + 1));

    /// <summary>
    /// A record of this route may not have reached the topic: the next one passes, whatever it says. If the route is not known, that
    /// record was its withdrawal, and the next sweep withdraws it again.
    /// </summary>
    public void MarkUnknown(in RouteIdentity route)
    {
        if (!Table(KindOf(route)).MarkUnknown(route, (byte)(Generation - 1)))
            return;
        count.Routes++;
        IsSweepPending = true;
        Rewind();
    }

    /// <summary>Some records may not have reached the topic, and it is not known which: the next one of every route passes.</summary>
    public void MarkAllUnknown()
    {
        foreach (var table in Tables)
            table.MarkAllUnknown();
    }

    /// <summary>Adds routes of a state file.</summary>
    public bool TryLoad(RouteKeyKind kind, ReadOnlySpan<byte> bytes)
    {
        var table = Table(kind);
        int before = table.Count;
        bool isSound = table.TryLoad(bytes, (byte)(Generation - 1));
        IsSweepPending = true;
        count.Routes += table.Count - before;
        return isSound;
    }

    /// <summary>
    /// Finds the next route to withdraw. It stays until <see cref="Remove"/>. False: there is none. A search that was left goes on at the
    /// bucket that it had reached, even if the table has changed since.
    /// </summary>
    public bool TryFind(RouteSearch search, out RouteIdentity route)
    {
        if (search != _search)
            Rewind();
        _search = search;
        for (; _table < _tables.Length; _table++, _bucket = _slot = 0)
        {
            if (_tables[_table] is not { } table || !IsSearched(search, (RouteKeyKind)_table))
                continue;
            if (_merges != table.Merges)
                (_bucket, _slot, _merges) = (0, 0, table.Merges);
            if (table.TryFind(search == RouteSearch.Older ? Generation : null, ref _bucket, ref _slot, out route))
                return true;
        }
        Rewind();
        NeedsTrim = true;
        route = default;
        return false;
    }

    /// <summary>There are routes without a path identifier.</summary>
    public bool HasPlainRoutes =>
        _ipv4 is { Count: > 0 } || _ipv6Short is { Count: > 0 } || _ipv6 is { Count: > 0 } || _vpn is { Count: > 0 };

    /// <summary>Withdraws the route of the same prefix without a path identifier; false: there is none.</summary>
    public bool TryWithdrawPlain(in RouteIdentity route)
    {
        var change = HasRouteDistinguisher ? WithdrawVpn(route with { HasPathId = false })
            : IsIpv4 ? WithdrawIpv4(route.Ipv4, route.Length) : WithdrawIpv6(route.High, route.Low, route.Length);
        return change == RouteChange.Changed;
    }

    /// <summary>Leaves the search for a while, in which the sessions may change the table.</summary>
    public void LeaveSearch() => _slot = 0;

    /// <summary>Removes the route that <see cref="TryFind"/> found last.</summary>
    public void Remove()
    {
        _tables[_table]!.RemoveAt(_bucket, _slot);
        count.Routes--;
    }

    /// <summary>Gives memory back, a bounded amount of work in each call. True: nothing more to do.</summary>
    public bool Trim() => !(NeedsTrim = !Array.TrueForAll(_tables, static table => table is null || table.Trim()));

    /// <summary>Forgets all routes.</summary>
    public void Clear()
    {
        foreach (var table in Tables)
        {
            count.Routes -= table.Count;
            table.Clear();
        }
    }

    /// <summary>The next search starts with the first table.</summary>
    public void Rewind() => (_table, _bucket, _slot) = (0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RouteChange Counted(RouteChange change)
    {
        if (change == RouteChange.New)
            count.Routes++;
        return change;
    }

    // A withdrawal of a route that is not known changes nothing.
    private RouteChange Counted(bool? wasKnown)
    {
        if (wasKnown != true)
            return RouteChange.Same;
        count.Routes--;
        return RouteChange.Changed;
    }

    private static bool IsSearched(RouteSearch search, RouteKeyKind kind)
    {
        bool hasPathIds = kind is RouteKeyKind.Ipv4Path or RouteKeyKind.Ipv6Path or RouteKeyKind.VpnPath;
        return search switch
        {
            RouteSearch.WithPathIds => hasPathIds,
            RouteSearch.WithoutPathIds => !hasPathIds,
            _ => true,
        };
    }

    private RouteKeyKind KindOf(in RouteIdentity route) => (HasRouteDistinguisher, IsIpv4, route.HasPathId) switch
    {
        (true, _, false) => RouteKeyKind.Vpn,
        (true, _, true) => RouteKeyKind.VpnPath,
        (_, true, false) => RouteKeyKind.Ipv4,
        (_, true, true) => RouteKeyKind.Ipv4Path,
        (_, _, true) => RouteKeyKind.Ipv6Path,
        _ => route.Length <= Ipv6ShortKey.MaxPrefixLength ? RouteKeyKind.Ipv6Short : RouteKeyKind.Ipv6,
    };

    private PrefixTable Table(RouteKeyKind kind) => kind switch
    {
        RouteKeyKind.Ipv4 => Ipv4,
        RouteKeyKind.Ipv4Path => Ipv4Path,
        RouteKeyKind.Ipv6Short => Ipv6Short,
        RouteKeyKind.Ipv6 => Ipv6,
        RouteKeyKind.Ipv6Path => Ipv6Path,
        RouteKeyKind.Vpn => Vpn,
        _ => VpnPath,
    };

    private PrefixTable<TKey> Add<TKey>()
        where TKey : unmanaged, IRouteKey<TKey>
    {
        var table = new PrefixTable<TKey>(seed);
        _tables[(int)TKey.Kind] = table;
        return table;
    }
}

/// <summary>The routes that a search in a family finds.</summary>
internal enum RouteSearch
{
    All,

    /// <summary>Those of an older generation.</summary>
    Older,
    WithPathIds,
    WithoutPathIds,
}

/// <summary>Counts the routes of one router in all its tables.</summary>
internal sealed class RouteCount(long limit)
{
    public long Routes;

    /// <summary>There is room for one more.</summary>
    public bool HasRoom => Routes < limit;
}
