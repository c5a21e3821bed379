using System.Runtime.CompilerServices;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>
/// The live routes of one peer in one RIB view and address family, as far as the records written so far tell downstream. A route
/// that is of an older generation than <see cref="Generation"/> was not announced since the router began to tell its table anew.
/// </summary>
internal sealed class FamilyRib(ulong seed, RouteCount count)
{
    private RouteTable<Ipv4Key>? _ipv4;
    private RouteTable<Ipv4PathKey>? _ipv4Path;
    private RouteTable<Ipv6ShortKey>? _ipv6Short;
    private RouteTable<Ipv6Key>? _ipv6;
    private RouteTable<Ipv6PathKey>? _ipv6Path;
    private RouteTable<VpnKey>? _vpn;
    private RouteTable<VpnPathKey>? _vpnPath;

    // The same by RouteKeyKind.
    private readonly RouteTable?[] _tables = new RouteTable?[(int)RouteKeyKind.VpnPath + 1];
    private byte _generations;

    // Where TryFind stands: table, bucket, slot.
    private int _table, _bucket, _slot, _merges;
    private bool _isSearchForAll;

    private RouteTable<Ipv4Key> Ipv4 => _ipv4 ??= Add<Ipv4Key>();

    private RouteTable<Ipv4PathKey> Ipv4Path => _ipv4Path ??= Add<Ipv4PathKey>();

    private RouteTable<Ipv6ShortKey> Ipv6Short => _ipv6Short ??= Add<Ipv6ShortKey>();

    private RouteTable<Ipv6Key> Ipv6 => _ipv6 ??= Add<Ipv6Key>();

    private RouteTable<Ipv6PathKey> Ipv6Path => _ipv6Path ??= Add<Ipv6PathKey>();

    private RouteTable<VpnKey> Vpn => _vpn ??= Add<VpnKey>();

    private RouteTable<VpnPathKey> VpnPath => _vpnPath ??= Add<VpnPathKey>();

    public byte Generation { get; private set; }

    /// <summary>There may be routes of an older generation.</summary>
    public bool IsSweepPending { get; private set; }

    /// <summary>Many routes went: there may be memory to give back.</summary>
    public bool NeedsTrim { get; private set; }

    /// <summary>The tables that are there, in the order of their kinds.</summary>
    public IEnumerable<RouteTable> Tables => _tables.OfType<RouteTable>();

    public int Routes => Tables.Sum(table => table.Count);

    public long Bytes => Tables.Sum(table => table.Bytes);

    /// <summary>The router tells its table anew: what it does not repeat until the sweep is gone.</summary>
    public void BeginGeneration()
    {
        if (Routes == 0)
            return;
        // A number comes back after 256 generations; whoever is still of an older one must not look new then.
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

    /// <summary>No route is of an older generation any more.</summary>
    public void EndSweep()
    {
        IsSweepPending = false;
        _generations = 0;
    }

    /// <summary>A hint: the route without path identifier is about to be looked up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchIpv4(uint address, int length) => _ipv4?.Prefetch(new Ipv4Key(address), length + 1);

    /// <summary>The same for IPv6; longer prefixes than /64 are too rare to be worth it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchIpv6(ulong high, int length)
    {
        if (length <= Ipv6ShortKey.LongestPrefix)
            _ipv6Short?.Prefetch(new Ipv6ShortKey(high), length + 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RouteChange AnnounceIpv4(uint address, int length, ulong hash) =>
        Counted(Ipv4.Announce(new Ipv4Key(address), length + 1, hash, Generation, count.HasRoom));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RouteChange AnnounceIpv4(uint address, int length, uint pathId, ulong hash) =>
        Counted(Ipv4Path.Announce(new Ipv4PathKey(address, pathId), length + 1, hash, Generation, count.HasRoom));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RouteChange AnnounceIpv6(ulong high, ulong low, int length, ulong hash) => Counted(length <= Ipv6ShortKey.LongestPrefix
        ? Ipv6Short.Announce(new Ipv6ShortKey(high), length + 1, hash, Generation, count.HasRoom)
        : Ipv6.Announce(new Ipv6Key(high, low), length + 1, hash, Generation, count.HasRoom));

    public RouteChange AnnounceIpv6(ulong high, ulong low, int length, uint pathId, ulong hash) =>
        Counted(Ipv6Path.Announce(new Ipv6PathKey(high, low, pathId), length + 1, hash, Generation, count.HasRoom));

    public RouteChange AnnounceVpn(in RouteIdentity route, ulong hash) => Counted(route.HasPathId
        ? VpnPath.Announce(VpnPathKey.Of(route), route.Length + 1, hash, Generation, count.HasRoom)
        : Vpn.Announce(VpnKey.Of(route), route.Length + 1, hash, Generation, count.HasRoom));

    public RouteChange WithdrawIpv4(uint address, int length) => Counted(_ipv4?.Withdraw(new Ipv4Key(address), length + 1));

    public RouteChange WithdrawIpv4(uint address, int length, uint pathId) =>
        Counted(_ipv4Path?.Withdraw(new Ipv4PathKey(address, pathId), length + 1));

    public RouteChange WithdrawIpv6(ulong high, ulong low, int length) => Counted(length <= Ipv6ShortKey.LongestPrefix
        ? _ipv6Short?.Withdraw(new Ipv6ShortKey(high), length + 1)
        : _ipv6?.Withdraw(new Ipv6Key(high, low), length + 1));

    public RouteChange WithdrawIpv6(ulong high, ulong low, int length, uint pathId) =>
        Counted(_ipv6Path?.Withdraw(new Ipv6PathKey(high, low, pathId), length + 1));

    public RouteChange WithdrawVpn(in RouteIdentity route) => Counted(route.HasPathId
        ? _vpnPath?.Withdraw(VpnPathKey.Of(route), route.Length + 1)
        : _vpn?.Withdraw(VpnKey.Of(route), route.Length + 1));

    /// <summary>
    /// A record of this route may not have got through: the next one passes, whatever it says. Where the route is not known, that
    /// record was its withdrawal, and the next sweep withdraws it once more.
    /// </summary>
    public void MarkUnknown(AddressFamily family, in RouteIdentity route)
    {
        if (!Table(KindOf(family, route)).MarkUnknown(route, (byte)(Generation - 1)))
            return;
        count.Routes++;
        IsSweepPending = true;
        Rewind();
    }

    /// <summary>Records may not have got through, and nobody knows which: the next one of every route passes.</summary>
    public void MarkAllUnknown()
    {
        foreach (var table in Tables)
            table.MarkAllUnknown();
    }

    /// <summary>Adds routes of a state file.</summary>
    public bool TryLoad(RouteKeyKind kind, ReadOnlySpan<byte> octets)
    {
        var table = Table(kind);
        int before = table.Count;
        bool isSound = table.TryLoad(octets, (byte)(Generation - 1));
        IsSweepPending = true;
        count.Routes += table.Count - before;
        return isSound;
    }

    /// <summary>
    /// The next route to withdraw: any, or of an older generation. It stays until <see cref="Remove"/>; false: there is none. A search
    /// that was left off goes on at the bucket where it was, even if the table has changed meanwhile.
    /// </summary>
    public bool TryFind(bool all, out RouteIdentity route)
    {
        if (all != _isSearchForAll)
            Rewind();
        _isSearchForAll = all;
        for (; _table < _tables.Length; _table++, _bucket = _slot = 0)
        {
            if (_tables[_table] is not { } table)
                continue;
            if (_merges != table.Merges)
                (_bucket, _slot, _merges) = (0, 0, table.Merges);
            if (table.TryFind(all ? null : Generation, ref _bucket, ref _slot, out route))
                return true;
        }
        Rewind();
        NeedsTrim = true;
        route = default;
        return false;
    }

    /// <summary>The search is left off: the sessions change the table before it goes on.</summary>
    public void LeaveSearch() => _slot = 0;

    /// <summary>Removes the route that <see cref="TryFind"/> found last.</summary>
    public void Remove()
    {
        _tables[_table]!.RemoveAt(_bucket, _slot);
        count.Routes--;
    }

    /// <summary>Gives memory back, a bounded amount of work a call; true: nothing more to do.</summary>
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

    /// <summary>The next search begins at the beginning.</summary>
    public void Rewind() => (_table, _bucket, _slot) = (0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RouteChange Counted(RouteChange change)
    {
        if (change == RouteChange.New)
            count.Routes++;
        return change;
    }

    // A withdrawal of a route that is not known says nothing.
    private RouteChange Counted(bool? wasKnown)
    {
        if (wasKnown != true)
            return RouteChange.Same;
        count.Routes--;
        return RouteChange.Changed;
    }

    private static RouteKeyKind KindOf(AddressFamily family, in RouteIdentity route) => (family.HasRouteDistinguisher, family.IsIpv4, route.HasPathId) switch
    {
        (true, _, false) => RouteKeyKind.Vpn,
        (true, _, true) => RouteKeyKind.VpnPath,
        (_, true, false) => RouteKeyKind.Ipv4,
        (_, true, true) => RouteKeyKind.Ipv4Path,
        (_, _, true) => RouteKeyKind.Ipv6Path,
        _ => route.Length <= Ipv6ShortKey.LongestPrefix ? RouteKeyKind.Ipv6Short : RouteKeyKind.Ipv6,
    };

    private RouteTable Table(RouteKeyKind kind) => kind switch
    {
        RouteKeyKind.Ipv4 => Ipv4,
        RouteKeyKind.Ipv4Path => Ipv4Path,
        RouteKeyKind.Ipv6Short => Ipv6Short,
        RouteKeyKind.Ipv6 => Ipv6,
        RouteKeyKind.Ipv6Path => Ipv6Path,
        RouteKeyKind.Vpn => Vpn,
        _ => VpnPath,
    };

    private RouteTable<TKey> Add<TKey>()
        where TKey : unmanaged, IRouteKey<TKey>
    {
        var table = new RouteTable<TKey>(seed);
        _tables[(int)TKey.Kind] = table;
        return table;
    }
}

/// <summary>The routes of one router, in all its tables.</summary>
internal sealed class RouteCount(long limit)
{
    public long Routes;

    /// <summary>One more may become known.</summary>
    public bool HasRoom => Routes < limit;
}
