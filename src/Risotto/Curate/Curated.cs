using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Risotto.Decode;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>A record of a prefix whose route is new, has changed, or was known and goes. The decision changes the live routes.</summary>
/// <param name="rib">The live routes of the peer and view.</param>
/// <param name="hashSeed">The seed of the attributes' hashes; null: changes of attributes do not count.</param>
internal struct Curated(PeerRib rib, ulong? hashSeed) : IPrefixVerdict
{
    private FamilyRib _family = null!;
    private ulong _hash;
    private bool _announces;

    public static bool PassesAll => false;

    public void Begin(ReadOnlySpan<byte> message, DecodedUpdate update, int field)
    {
        _family = rib.FamilyOrNew(update.Fields[field].Family.Index);
        _announces = update.Fields[field].IsAnnouncement;
        _hash = !_announces ? 0 : hashSeed is { } seed ? AttributeHash.Compute(message, update, field, seed) : RouteWord.Hash(0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RouteChange Ipv4(uint prefix, int length, bool hasPathId, uint pathId)
    {
        if (_announces)
            return hasPathId ? _family.AnnounceIpv4(prefix, length, pathId, _hash) : _family.AnnounceIpv4(prefix, length, _hash);
        return hasPathId ? _family.WithdrawIpv4(prefix, length, pathId) : _family.WithdrawIpv4(prefix, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RouteChange Ipv6(ulong high, ulong low, int length, bool hasPathId, uint pathId)
    {
        if (_announces)
            return hasPathId ? _family.AnnounceIpv6(high, low, length, pathId, _hash) : _family.AnnounceIpv6(high, low, length, _hash);
        return hasPathId ? _family.WithdrawIpv6(high, low, length, pathId) : _family.WithdrawIpv6(high, low, length);
    }

    public readonly RouteChange Labelled(in LabelledPrefix prefix)
    {
        var route = prefix.Route;
        if (_family.HasRouteDistinguisher)
            return _announces ? _family.AnnounceVpn(route, HashOf(prefix)) : _family.WithdrawVpn(route);
        // The labels are no part of the key: labelled unicast has the tables of unicast.
        var labelled = this with { _hash = _announces ? HashOf(prefix) : 0 };
        return _family.IsIpv4
            ? labelled.Ipv4(route.Ipv4, route.Length, route.HasPathId, route.PathId)
            : labelled.Ipv6(route.High, route.Low, route.Length, route.HasPathId, route.PathId);
    }

    // The labels are a part of what is announced, but not of the attributes.
    private readonly ulong HashOf(in LabelledPrefix prefix) =>
        hashSeed is null ? _hash : RouteWord.Hash(XxHash3.HashToUInt64(prefix.Labels, (long)_hash));
}
