using Risotto.Curate;
using Shared.Records.Wire;

namespace Risotto.Pipeline;

/// <summary>
/// The part of a router that outlives its sessions: the order of its records and its live routes. All sessions of a router share it;
/// they write to the same shard, whose gate guards it.
/// </summary>
internal sealed class RouterState(Ipv6Address address)
{
    public Ipv6Address Address { get; } = address;

    /// <summary>Sequence number of the router's last record in this collector epoch.</summary>
    public ulong Sequence;

    /// <summary>Its live routes; null without curation.</summary>
    public RouterRib? Rib { get; init; }

    /// <summary>Selects the shard of a topic that takes the router's records; the same in every run.</summary>
    public ulong ShardHash { get; } = Mix(address.First ^ Mix(address.Second));

    // The finalizer of MurmurHash3.
    private static ulong Mix(ulong value)
    {
        value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD;
        value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53;
        return value ^ value >> 33;
    }
}
